// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import GuestKit
internal import Host

/// A command of the host that runs while a guest is frozen, and gets no more time than the guest bears.
final class FrozenCommand {
    private let program: String
    private let arguments: [String]
    private let signals: SignalDescriptor

    /// From here on the signals that end a process are read, so that none ends this one while the guest is frozen.
    init(_ program: String, _ arguments: [String]) throws(AgentError) {
        self.program = program
        self.arguments = arguments
        do { signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP, SIGQUIT]) } catch {
            throw .io(error.description)
        }
    }

    /// Readable when a signal has come.
    var signalDescriptor: CInt { signals.number }

    /// Those that were killed: their ends are awaited once the guest goes on.
    private var killed: [ChildProcess] = []

    /// The program's path; `nil` where there is none.
    static func find(_ name: String) -> String? {
        if name.contains("/") { return Files.exists(name) ? name : nil }
        return Environment.program(name)
    }

    /// Runs the command with this process's standard streams until it ends, the time is over or a signal comes. The
    /// latter two kill it, without waiting for its end: the guest comes first.
    func run(limitSeconds: Int) -> AgentOutcome {
        let deadline = Deadline(seconds: limitSeconds)
        var outcome = AgentOutcome()
        let process: ChildProcess
        do {
            process = try ChildProcess(
                path: program, arguments: arguments, environment: Environment.all, descriptors: [0, 1, 2])
        } catch {
            outcome.exitStatus = AgentOutcome.ExitStatus.commandUnusable
            outcome.message = "\(program): \(error.reason)"
            return outcome
        }
        let end = cmachine_process_descriptor(process.identifier)
        guard end >= 0 else {
            kill(process)
            outcome.exitStatus = AgentOutcome.ExitStatus.commandUnknown
            outcome.message = "the command's end cannot be waited for; it was ended"
            return outcome
        }
        let ending = Descriptor(owning: CInt(end))
        while true {
            var watched = [
                pollfd(fd: ending.borrowed, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0),
            ]
            let ready = unsafe poll(&watched, 2, deadline.millisecondsLeft)
            if watched[0].revents != 0 {
                outcome.exitStatus = process.wait()
                return outcome
            }
            if watched[1].revents != 0, let signal = signals.read() {
                kill(process)
                outcome.exitStatus = 128 + signal
                outcome.message = "ended by a signal; the command was killed"
                return outcome
            }
            if ready == 0 {
                kill(process)
                outcome.exitStatus = AgentOutcome.ExitStatus.commandTimeout
                outcome.message =
                    "the command took longer than \(limitSeconds) s and was killed; what it saved is not complete"
                return outcome
            }
        }
    }

    private func kill(_ process: ChildProcess) {
        process.kill()
        killed.append(process)
    }

    deinit {
        for process in killed { _ = process.wait() }
    }
}
