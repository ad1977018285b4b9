// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host
internal import LabWire

/// Carries a running command's streams over the ports and reports its end. One thread.
struct Session: ~Copyable {
    private let ports: Ports
    private let command: Command
    private let children: Descriptor
    private var control = FrameReader()
    private var input: Relay
    private var output: Relay
    private var errors: Relay?
    /// Where standard input ends, once that is known.
    private var inputByteCount: UInt64?
    private var inputIsOpen = true
    private let hasTerminal: Bool

    init(_ job: Job, ports: consuming Ports) throws(AgentError) {
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe sigaddset(&mask, SIGCHLD)
        unsafe sigprocmask(SIG_BLOCK, &mask, nil)
        let number = unsafe signalfd(-1, &mask, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
        guard number >= 0 else { throw AgentError.system("signalfd") }
        let children = Descriptor(owning: number)
        let command = try Command(job)
        hasTerminal = job.terminal != nil
        input = Relay(from: ports.stream.borrowed, to: command.input)
        output = Relay(from: command.output, to: ports.stream.borrowed)
        errors = command.errors < 0 ? nil : Relay(from: command.errors, to: ports.errors.borrowed)
        self.children = children
        self.command = command
        self.ports = ports
    }

    /// Runs until the command has ended and all that it wrote has been handed to the host.
    mutating func run() throws(AgentError) {
        try send(.started)
        var status: UInt8?
        while status == nil {
            try turn(timeoutMilliseconds: -1)
            status = reap()
        }
        // What a pseudo-terminal still holds arrives a moment later; its end comes only when its last user is gone.
        while try turn(timeoutMilliseconds: hasTerminal ? 100 : 0) {}
        try send(
            .ended(
                status: status ?? 255, outputByteCount: output.byteCount, errorByteCount: errors?.byteCount ?? 0))
    }

    /// Waits for one round of events and serves them. False if nothing of the output moved or can move.
    @discardableResult
    private mutating func turn(timeoutMilliseconds: CInt) throws(AgentError) -> Bool {
        var watched = [
            pollfd(fd: children.borrowed, events: Int16(POLLIN), revents: 0),
            pollfd(fd: ports.control.borrowed, events: Int16(POLLIN), revents: 0),
        ]
        watched += [input, output].map(Self.interest)
        if let errors { watched.append(Self.interest(of: errors)) }
        let ready = unsafe poll(&watched, nfds_t(watched.count), timeoutMilliseconds)
        if ready <= 0 { return output.wantsSink || errors?.wantsSink == true }
        if watched[1].revents != 0 { try obey() }
        if watched[2].revents != 0 { serveInput() }
        let before = output.byteCount + (errors?.byteCount ?? 0)
        if watched[3].revents != 0 { Self.serve(&output) }
        if watched.count > 4, watched[4].revents != 0, var relay = errors {
            Self.serve(&relay)
            errors = relay
        }
        let moved = output.byteCount + (errors?.byteCount ?? 0) != before
        return moved || output.wantsSink || errors?.wantsSink == true
    }

    private static func interest(of relay: Relay) -> pollfd {
        if relay.wantsSink { return pollfd(fd: relay.sink, events: Int16(POLLOUT), revents: 0) }
        return pollfd(fd: relay.wantsSource ? relay.source : -1, events: Int16(POLLIN), revents: 0)
    }

    private static func serve(_ relay: inout Relay) {
        if relay.wantsSink { relay.drain() } else { relay.fill() }
    }

    private mutating func serveInput() {
        Self.serve(&input)
        closeInputAtEnd()
    }

    private mutating func closeInputAtEnd() {
        guard inputIsOpen else { return }
        let isComplete = inputByteCount.map { input.byteCount >= $0 } ?? false
        guard input.isBroken || isComplete else { return }
        inputIsOpen = false
        if !hasTerminal { close(command.input) }
        if input.isBroken { try? send(.inputClosed) }
        input = Relay(from: -1, to: -1)
    }

    private mutating func obey() throws(AgentError) {
        do {
            guard let bytes = try ports.control.read(upTo: 65536) else { return }
            control.append(bytes)
            while let (kind, payload) = try control.next() {
                follow(try LabOrder(kind: kind, payload: payload))
            }
        } catch {
            throw AgentError("control port: \(error)")
        }
    }

    private mutating func follow(_ order: LabOrder) {
        switch order {
        case .start: break
        case .inputEnded(let byteCount):
            inputByteCount = byteCount
            closeInputAtEnd()
        case .resize(let size):
            if hasTerminal { Terminal.resize(command.input, size) }
        case .signal(let number, let toGroup):
            _ = kill(toGroup ? -command.identifier : command.identifier, CInt(number))
        }
    }

    /// Buries every child that has ended; the command's exit status if it is among them.
    private func reap() -> UInt8? {
        _ = try? children.read(upTo: 1024)
        var found: UInt8?
        while true {
            var status: CInt = 0
            let identifier = unsafe waitpid(-1, &status, WNOHANG)
            if identifier <= 0 { return found }
            if identifier == command.identifier {
                found = UInt8(truncatingIfNeeded: status & 0x7f == 0 ? status >> 8 : 128 + (status & 0x7f))
            }
        }
    }

    private func send(_ report: LabReport) throws(AgentError) {
        try Reporting.send(report, on: ports.control)
    }
}
