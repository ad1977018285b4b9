// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Configuration

/// The command line's front.
@main
struct Apus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus", abstract: "Virtual machines on KVM.", version: "apus \(ApusVersion.current)",
        subcommands: [
            RunCommand.self, DoctorCommand.self, LabCommand.self, AgentCommand.self, GuestCommand.self,
            ImageCommand.self,
        ])
}
