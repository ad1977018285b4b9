// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import GuestKit
internal import Host
internal import LabWire

/// Carries the standard streams between this process and the command in L1 until that has ended. Main thread only.
struct LabSession: ~Copyable {
    private let machine: LabMachine
    private let signals: SignalQueue
    private let configuration: LabConfiguration
    private let usesTerminal: Bool
    private var terminal: RawTerminal?
    private var escape = EscapeDetector()
    private var reports = FrameReader()
    private var orders: [UInt8]
    private var input: Relay
    private var output: Relay
    private var errors: Relay
    private var console = ConsoleTail()
    private var isStarted = false
    private var inputIsOpen = true
    private var end: (status: UInt8, outputByteCount: UInt64, errorByteCount: UInt64)?
    /// The exit status that this side has settled on without the command's.
    private var verdict: CInt?
    private var failure: (status: UInt8, reason: String)?
    private var signalCount = 0
    /// What the lab exits with when the command outstays its grace.
    private var lateStatus: CInt = 128 + SIGKILL
    private var deadline: Deadline

    init(
        _ configuration: LabConfiguration, _ job: Job, machine: consuming LabMachine, signals: consuming SignalQueue
    ) {
        self.configuration = configuration
        usesTerminal = job.terminal != nil
        orders = LabOrder.start(job).frame
        input = Relay(from: STDIN_FILENO, to: machine.stream.borrowed)
        output = Relay(from: machine.stream.borrowed, to: STDOUT_FILENO, writeLimit: 4096)
        errors = Relay(from: machine.errors.borrowed, to: STDERR_FILENO, writeLimit: 4096)
        deadline = Deadline(seconds: configuration.startLimitSeconds)
        self.machine = machine
        self.signals = signals
    }

    /// Returns the command's exit status: 128 and the signal's number where a signal ended it or this side.
    mutating func run() throws(LabError) -> CInt {
        while true {
            if let verdict { return verdict }
            if let end, isDelivered(end) { return CInt(end.status) }
            try turn()
        }
    }

    private func isDelivered(_ end: (status: UInt8, outputByteCount: UInt64, errorByteCount: UInt64)) -> Bool {
        output.byteCount >= end.outputByteCount && (errors.isBroken || errors.byteCount >= end.errorByteCount)
    }

    private mutating func turn() throws(LabError) {
        var watched = [
            pollfd(fd: signals.descriptor.borrowed, events: Int16(POLLIN), revents: 0),
            pollfd(
                fd: machine.control.borrowed, events: Int16(POLLIN) | (orders.isEmpty ? 0 : Int16(POLLOUT)), revents: 0),
            pollfd(fd: machine.console.borrowed, events: Int16(POLLIN), revents: 0),
            isStarted && inputIsOpen ? Self.interest(of: input) : pollfd(fd: -1, events: 0, revents: 0),
            Self.interest(of: output),
            Self.interest(of: errors),
        ]
        let ready = unsafe poll(&watched, nfds_t(watched.count), deadline.millisecondsLeft)
        if ready == 0 { return try expire() }
        if ready < 0 { return }
        if watched[2].revents != 0 { console.read(from: machine.console) }
        if watched[4].revents != 0 { Self.serve(&output) }
        if watched[5].revents != 0 { Self.serve(&errors) }
        if watched[1].revents != 0 { try serveControl(watched[1].revents) }
        if watched[3].revents != 0 { serveInput() }
        if watched[0].revents != 0 { try serveSignals() }
        // Whoever reads the output has gone, as SIGPIPE would say.
        if output.isBroken { verdict = 128 + SIGPIPE }
    }

    private static func interest(of relay: Relay) -> pollfd {
        if relay.wantsSink { return pollfd(fd: relay.sink, events: Int16(POLLOUT), revents: 0) }
        return pollfd(fd: relay.wantsSource ? relay.source : -1, events: Int16(POLLIN), revents: 0)
    }

    private static func serve(_ relay: inout Relay) {
        if relay.wantsSink { relay.drain() } else { relay.fill() }
    }

    /// The time is up for the start, or for the end after a signal.
    private mutating func expire() throws(LabError) {
        guard deadline.isOver else { return }
        guard isStarted else {
            throw .startTimeout(seconds: configuration.startLimitSeconds, console: console.text)
        }
        verdict = lateStatus
    }
}

extension LabSession {
    /// Sends waiting orders and takes reports.
    private mutating func serveControl(_ events: Int16) throws(LabError) {
        if events & Int16(POLLOUT) != 0, let count = try? machine.control.write(orders[...]) {
            orders.removeFirst(count)
        }
        guard events & ~Int16(POLLOUT) != 0 else { return }
        let bytes: [UInt8]?
        do { bytes = try machine.control.read(upTo: 65536) } catch { bytes = [] }
        guard let bytes else { return }
        if bytes.isEmpty { return try machineEnded() }
        do throws(WireError) {
            reports.append(bytes)
            while let (kind, payload) = try reports.next() {
                take(try LabReport(kind: kind, payload: payload))
            }
        } catch {
            throw .protocolViolation(error.description)
        }
        if let failure { throw .agent(status: failure.status, reason: failure.reason) }
    }

    private mutating func take(_ report: LabReport) {
        switch report {
        case .started:
            isStarted = true
            deadline = Deadline(seconds: nil)
            if usesTerminal { terminal = RawTerminal(STDIN_FILENO) }
        case .inputClosed: inputIsOpen = false
        case .ended(let status, let outputByteCount, let errorByteCount):
            end = (status, outputByteCount, errorByteCount)
            inputIsOpen = false
        case .failed(let status, let reason): failure = (status, reason)
        }
    }

    private mutating func serveInput() {
        if input.wantsSink {
            input.drain()
        } else if usesTerminal {
            var escape = escape
            input.fill { escape.filter($0) }
            self.escape = escape
            if escape.hasLeft { verdict = 128 + SIGKILL }
        } else {
            input.fill()
        }
        guard input.isFinished else { return }
        inputIsOpen = false
        if usesTerminal { verdict = verdict ?? 128 + SIGHUP }
        orders += LabOrder.inputEnded(byteCount: input.byteCount).frame
    }

    private mutating func serveSignals() throws(LabError) {
        for number in signals.take() {
            switch number {
            case SIGCHLD:
                if machine.process.hasEnded { try machineEnded() }
            case SIGWINCH:
                if usesTerminal { orders += LabOrder.resize(RawTerminal.size(of: STDIN_FILENO)).frame }
            case SIGPIPE: break
            case SIGUSR1, SIGUSR2: forward(number)
            case SIGHUP: verdict = 128 + SIGHUP
            default: interrupt(number)
            }
        }
    }

    /// The first signal goes to the command, which gets time to end; a second one ends the lab.
    private mutating func interrupt(_ number: CInt) {
        signalCount += 1
        guard isStarted, signalCount == 1 else {
            verdict = 128 + number
            return
        }
        forward(number)
        deadline = Deadline(seconds: configuration.graceSeconds)
        lateStatus = 128 + number
    }

    private mutating func forward(_ number: CInt) {
        guard isStarted else { return }
        // A terminal sends these to every process of the group.
        let toGroup = number == SIGINT || number == SIGQUIT
        orders += LabOrder.signal(number: UInt8(number), toGroup: toGroup).frame
    }

    private mutating func machineEnded() throws(LabError) {
        console.read(from: machine.console)
        throw .ended(console: console.text)
    }
}
