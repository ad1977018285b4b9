// SPDX-License-Identifier: Apache-2.0
package import Configuration

/// Starts machines: opens what a configuration names and hands it to a process that opens nothing by itself.
package enum Launcher {
    /// The path of this program.
    package static var programPath: String { MachineProgram.thisProgram }

    /// Runs a machine to its end and returns what the program should exit with: see `ExitCode`.
    ///
    /// To be called on the main thread, in a process that has no other thread which takes signals: the machine lives
    /// no longer than this thread. Standard input and output are the console when it is the terminal's.
    ///
    /// - Parameters:
    ///   - machine: A configuration for the launcher, which is right in itself.
    ///   - program: The path of `apus-vmm`, or `nil` for the one beside this program.
    /// - Throws: What keeps the machine from being started. Nothing is left of it then.
    package static func run(
        _ machine: MachineConfiguration, program: String? = nil
    ) throws(LaunchProblems) -> Int32 {
        let preparation = Preparation(machine)
        try preparation.inspect()
        for warning in preparation.warnings { Message.say("warning: \(warning)") }
        do throws(LaunchProblem) {
            let path: String = if let program { program } else { try MachineProgram.path() }
            // Before anything is started, so that no end is missed.
            let signals = try SignalSource()
            try preparation.create()
            let process = try MachineProcess(program: path, preparation)
            var supervisor = Supervisor(process, preparation, signals: signals)
            return supervisor.run()
        } catch {
            throw LaunchProblems([error])
        }
    }
}
