// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import Host
internal import Lab
internal import LabWire

/// Stays with a running machine: carries the terminal's bytes, passes signals on, and waits for the end. Main thread
/// only.
struct Supervisor {
    private static let wholeChunk = 4096
    /// How long standard output may refuse the last of the console's bytes.
    private static let lastWordsMilliseconds: CInt = 2000
    /// How long a machine that has closed its files may take to give back its memory.
    private static let endMilliseconds: CInt = 1000

    private let process: MachineProcess
    private let signals: SignalSource
    private let placements: [NetworkPlacement]
    private let services: [ServiceProcess]
    private let console: ConsoleEnd?
    private let terminal: TerminalMode?
    private var escape = EscapeDetector()
    private var input: Relay?
    private var output: Relay?
    private var isPowerButtonPressed = false
    private var isEnded = false

    init(_ process: MachineProcess, _ preparation: Preparation, signals: SignalSource) {
        self.process = process
        self.signals = signals
        placements = preparation.placements
        services = preparation.services
        console = preparation.console
        terminal = console == nil ? nil : TerminalMode(STDIN_FILENO)
        guard let console else { return }
        // A socket that has just been made takes the flag.
        _ = try? console.descriptor.setNonBlocking()
        let number = console.descriptor.borrowed
        input = Relay(from: STDIN_FILENO, to: number)
        // What a pipe that poll(2) calls writable takes without waiting.
        output = Relay(from: number, to: STDOUT_FILENO, writeLimit: Self.wholeChunk)
        if terminal != nil { Message.say("Ctrl-] twice ends the machine") }
    }

    /// Returns what the program should exit with.
    mutating func run() -> Int32 {
        while true {
            if let end = process.poll() {
                deliverLastWords()
                return status(of: end)
            }
            turn()
        }
    }

    private mutating func turn() {
        var watched = [
            pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0), inputInterest, outputInterest,
            pollfd(fd: process.number, events: Int16(POLLIN), revents: 0),
        ]
        let live = services.filter { !$0.hasEnded }
        watched += live.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
        watched += live.map {
            pollfd(fd: $0.isSilent ? -1 : $0.messagesNumber, events: Int16(POLLIN), revents: 0)
        }
        watched += placements.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
        let isFollowing = placements.contains { $0.wantsTime }
        let count = unsafe poll(
            &watched, nfds_t(watched.count), isFollowing ? NetworkPlacement.followMilliseconds : -1)
        if isFollowing { for placement in placements { placement.follow(process.identifier) } }
        guard count > 0 else { return }
        if watched[0].revents != 0 { takeSignals() }
        if watched[1].revents != 0 { carryInput(isSink: watched[1].fd != STDIN_FILENO) }
        if watched[2].revents != 0 { carryOutput() }
        for (placement, _) in zip(placements, watched.suffix(placements.count)).filter({ $1.revents != 0 }) {
            placement.takeStart(of: process.identifier)
        }
        let messages = watched.dropFirst(4 + live.count)
        for (service, _) in zip(live, messages).filter({ $1.revents != 0 }) { service.listen() }
        let ended = zip(live, watched.dropFirst(4)).filter { $1.revents != 0 }
        if ended.isEmpty || isMachineEnding() { return }
        for (service, _) in ended {
            Message.say("\(service.failure) ended with \(service.takeEnd())")
        }
    }

    /// Whether the machine's end is what ended a service: on its way out the machine closes the service's socket before
    /// it can be seen to have ended.
    private func isMachineEnding() -> Bool {
        var watched = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&watched, 1, Self.endMilliseconds) > 0
    }

    // A terminal is read even where the guest takes nothing, for the way out.
    private var inputInterest: pollfd {
        guard let input, !input.isFinished else { return Self.nothing }
        if input.wantsSink, terminal == nil { return pollfd(fd: input.sink, events: Int16(POLLOUT), revents: 0) }
        return pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    }

    private var outputInterest: pollfd {
        guard let output, !output.isFinished else { return Self.nothing }
        return output.wantsSink
            ? pollfd(fd: output.sink, events: Int16(POLLOUT), revents: 0)
            : pollfd(fd: output.source, events: Int16(POLLIN), revents: 0)
    }

    private static var nothing: pollfd { pollfd(fd: -1, events: 0, revents: 0) }
}

extension Supervisor {
    private mutating func carryInput(isSink: Bool) {
        guard var input else { return }
        var escape = escape
        if isSink {
            input.drain()
        } else if input.wantsSink {
            input.drain()
            if input.wantsSink { discardKeys(&escape) }
        } else if terminal == nil {
            input.fill()
        } else {
            input.fill { escape.filter($0) }
        }
        self.escape = escape
        self.input = input
        if escape.hasLeft {
            end("Ctrl-] was typed twice: the machine is ended")
        } else if terminal != nil, input.hasEnded {
            self.input = nil
            pressPowerButton("the terminal has gone")
        }
    }

    /// Keys that the guest has no room for.
    private func discardKeys(_ escape: inout EscapeDetector) {
        var bytes = [UInt8](repeating: 0, count: Self.wholeChunk)
        let count = unsafe read(STDIN_FILENO, &bytes, bytes.count)
        if count > 0 { _ = escape.filter(bytes[..<count]) }
    }

    private mutating func carryOutput() {
        guard var output else { return }
        if output.wantsSink { output.drain() } else { output.fill() }
        self.output = output.isBroken ? nil : output
        if output.isBroken { pressPowerButton("nobody reads the console any more") }
    }

    private mutating func takeSignals() {
        for number in signals.take() {
            switch number {
            case SIGPIPE, SIGXFSZ: break
            case _ where isPowerButtonPressed: end("a second signal: the machine is ended")
            default: pressPowerButton("a signal came; a second one ends the machine")
            }
        }
    }

    private mutating func pressPowerButton(_ reason: String) {
        if isPowerButtonPressed || isEnded { return }
        isPowerButtonPressed = true
        Message.say("power button pressed: \(reason)")
        process.pressPowerButton()
    }

    private mutating func end(_ reason: String) {
        if isEnded { return }
        isEnded = true
        Message.say(reason)
        process.kill()
    }

    /// The console's bytes that were on their way when the machine ended.
    private mutating func deliverLastWords() {
        while let output, !output.isFinished {
            var watched = outputInterest
            guard unsafe poll(&watched, 1, Self.lastWordsMilliseconds) > 0 else { return }
            carryOutput()
        }
    }

    private func status(of end: MachineProcess.End) -> Int32 {
        switch end {
        case .exited(let code): return code
        case .killed where isEnded: return ExitCode.ended.rawValue
        case .killed(let signal):
            Message.say(Self.explanation(of: signal))
            return 128 + signal
        }
    }

    private static func explanation(of signal: Int32) -> String {
        switch signal {
        case SIGSYS: "the machine's process made a system call that is forbidden to it (SIGSYS), and was ended"
        case SIGKILL: "the machine's process was killed (SIGKILL): by somebody, or because memory ran out"
        case SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT:
            "the machine's process crashed with signal \(signal); this is a failure of Apus"
        default: "the machine's process was ended by signal \(signal)"
        }
    }
}
