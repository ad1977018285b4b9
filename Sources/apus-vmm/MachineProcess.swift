// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Glibc
internal import Host
internal import Machine
internal import Monitor
internal import QMP

/// The life of the process: builds the machine, runs it, ends with an exit code.
final class MachineProcess {
    let machine: Machine
    let configuration: MachineConfiguration
    private(set) var monitor: MonitorServer?
    private let loop: ControlLoop
    private let console: SerialConsole
    private let clock: ClockTimer
    let announcer: NetworkAnnouncer
    let groups: ThrottleGroups
    private var balloonRelay: BalloonRelay?
    private let signals: SignalDescriptor
    private var code = ExitCode.internalError.rawValue
    private var terminationsAsked = 0
    private var isEnding = false

    /// Runs the machine that the document behind `number` describes.
    static func main(configuration number: Int32) -> Int32 {
        do {
            let document = try Inherited.take(number, "configuration").readToEnd()
            let configuration = try MachineConfiguration(document: document, for: .machine)
            return try MachineProcess(configuration).run()
        } catch let error as ConfigurationErrors {
            for mistake in error.errors { Message.print("\(mistake)") }
            return ExitCode.badInput.rawValue
        } catch let error as MachineError {
            Message.print("\(error)")
            return error.exitCode.rawValue
        } catch let error as BuildError {
            Message.print("\(error)")
            return ExitCode.badInput.rawValue
        } catch {
            Message.print("\(error)")
            return ExitCode.internalError.rawValue
        }
    }

    private init(_ configuration: MachineConfiguration) throws {
        guard let resource = configuration.kvm else { throw BuildError("kvm", "no descriptor of /dev/kvm was given") }
        let device = try MachineBuilder.take(resource, "/dev/kvm")
        let system: KVMSystem
        do { system = try KVMSystem(owning: device) } catch { throw MachineError.kvm(error) }
        // Before the first thread: a thread inherits the mask, and only this one hears these signals.
        signals = try SignalDescriptor([SIGTERM, SIGINT, SIGHUP])
        let builder = MachineBuilder(configuration)
        groups = builder.groups
        machine = try Machine(try builder.parts(), on: system)
        loop = try ControlLoop()
        console = try SerialConsole(machine.board.serial, bus: machine.bus, loop: loop)
        clock = try ClockTimer(machine, loop: loop)
        announcer = try NetworkAnnouncer(loop: loop) { [machine] plan in
            Self.networkCards(of: machine).filter { plan.interfaces?.contains($0.name) ?? true }.map(\.card)
        }
        self.configuration = configuration
    }

    private func run() throws -> Int32 {
        try ConsoleConnector(console).connect(configuration.console)
        try loop.watch(machine.mailbox.event.number, .readable) { [machine] _ in machine.mailbox.drain() }
        try loop.watch(signals.number, .readable) { [unowned self] _ in heardSignal() }
        machine.onEvent = { [unowned self] event in handle(event) }
        machine.mailbox.adopt()
        try openMonitor()
        try machine.start()
        try ThreadFilters.control.install()
        machine.resume()
        try loop.run()
        machine.end()
        console.flush()
        monitor?.close()
        return code
    }

    private func openMonitor() throws {
        guard let resource = configuration.monitor else { return }
        monitor = try MonitorServer(
            listening: try MachineBuilder.take(resource, "monitor"), machine: self,
            version: MonitorVersion(package: "apus-\(ApusVersion.current)"), loop: loop)
        if let balloon = MonitorBalloon(of: machine)?.device {
            balloonRelay = try BalloonRelay(balloon, loop: loop) { [unowned self] actual in
                monitor?.announce(.balloonChange(actual: actual))
            }
        }
    }

    private func handle(_ event: MachineEvent) {
        // What the guest did before it was stopped changes no more how the machine ends.
        guard !isEnding else { return }
        switch event {
        case .poweredOff:
            machine.pause()
            end(.guestShutdown, .success)
        case .resetRequested: reset(.guestReset)
        case .panicked:
            machine.pause()
            Message.print("the guest's kernel panicked; its console says why\n" + machine.report())
            monitor?.announce(.guestPanicked(.poweroff))
            end(.guestPanic, .guestPanicked)
        case .debugExit(let code): finish(Int32(code))
        case .failed(let processor, let failure): fail(processor, failure)
        case .deviceFailed(let name, let reason):
            Message.print("device \(name): \(reason)")
            end(.hostError, .internalError)
        }
    }

    private func fail(_ processor: Int, _ failure: ProcessorFailure) {
        machine.pause()
        Message.print("vCPU \(processor): \(failure)\n" + machine.report())
        if failure == .tripleFault { end(.guestReset, .tripleFault) } else { end(.hostError, .kvmFailure) }
    }

    func reset(_ cause: MonitorCause) {
        do {
            try machine.reset()
            monitor?.announce(.reset(cause))
        } catch {
            Message.print("reset: \(error)")
            end(.hostError, .internalError)
        }
    }

    func pressPowerButton() {
        machine.pressPowerButton()
        monitor?.announce(.powerDown)
    }

    /// The first request presses the power button, the second ends the machine at once.
    private func heardSignal() {
        while signals.read() != nil { terminationsAsked += 1 }
        if terminationsAsked > 1 { return end(.hostSignal, .ended) }
        if terminationsAsked == 1 { pressPowerButton() }
    }

    private func end(_ cause: MonitorCause, _ code: ExitCode) {
        monitor?.announce(.shutdown(cause))
        finish(code)
    }

    func finish(_ code: ExitCode) { finish(code.rawValue) }

    private func finish(_ code: Int32) {
        guard !isEnding else { return }
        isEnding = true
        self.code = code
        loop.finish()
    }
}

extension MachineError {
    /// Whether the host or the input is to blame.
    fileprivate var exitCode: ExitCode {
        switch self {
        case .kvm, .system: .hostUnable
        case .kernel, .initrd, .firmware, .memory, .processors, .noSlot, .vectors, .barSpace: .badInput
        }
    }
}
