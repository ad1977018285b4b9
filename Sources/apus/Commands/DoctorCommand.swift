// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Doctor

/// `apus doctor`: says whether this host can run machines.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say whether this host can run virtual machines, and what is missing.",
        discussion: """
            Looks at the processor, at KVM, and at what machines use besides, and changes nothing. KVM's speed is that \
            of a counted loop in a tiny guest: it tells hardware from a back end in software, which no stock kernel \
            boots on in a useful time.

            The exit status is 0 where machines run, 1 where they do not, and 2 where they run only in the lab.

            Examples:
              apus doctor
              apus doctor --json
            """)

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let examination = Doctor.examine()
        print(json ? examination.json : examination.table)
        let status = examination.verdict.exitStatus
        if status != 0 { throw ExitCode(status) }
    }
}
