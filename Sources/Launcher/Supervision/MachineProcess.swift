// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import GuestKit
internal import Host

/// The process that runs the machine; killed when its owner ends before it. Main thread only.
final class MachineProcess {
    /// How the process ended.
    enum End: Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    private let child: ChildProcess
    private let watch: Descriptor
    private(set) var end: End?

    /// Hands a prepared machine to `program`; this process keeps none of its resources but the console's other end.
    init(program: String, _ preparation: Preparation) throws(LaunchProblem) {
        let started: (ChildProcess, CInt)
        do throws(SystemCallError) {
            let document = try MemoryFile.make("apus-configuration", preparation.machine.document)
            let null = try Descriptor(path: "/dev/null", flags: O_RDONLY)
            let child = try ChildProcess(
                path: program, arguments: ["--config", "\(DescriptorTable.configurationNumber)"],
                environment: MachineProgram.environment,
                descriptors: preparation.table.numbers(null: null, configuration: document), ownSession: true)
            started = (child, CInt(cmachine_process_descriptor(child.identifier)))
        } catch {
            throw LaunchProblem(internal: error)
        }
        // A child that has not been waited for can always be watched; only memory can run out.
        guard started.1 >= 0 else {
            started.0.kill()
            _ = started.0.wait()
            throw LaunchProblem(internal: SystemCallError(call: "pidfd_open", code: -started.1))
        }
        child = started.0
        watch = Descriptor(owning: started.1)
        preparation.table.closeAll()
    }

    /// The number of the process.
    var identifier: pid_t { child.identifier }

    /// Readable when the process has ended.
    var number: CInt { watch.borrowed }

    deinit {
        guard end == nil else { return }
        child.kill()
        _ = child.wait()
    }

    /// How it ended, if it has.
    func poll() -> End? {
        if let end { return end }
        var status: CInt = 0
        guard unsafe waitpid(child.identifier, &status, WNOHANG) == child.identifier else { return nil }
        let signal = status & 0x7F
        end = signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: signal)
        return end
    }

    /// Presses the machine's power button.
    func pressPowerButton() { send(SIGTERM) }

    /// Ends the machine at once.
    func kill() { send(SIGKILL) }

    private func send(_ signal: CInt) {
        guard end == nil else { return }
        _ = Glibc.kill(child.identifier, signal)
    }
}
