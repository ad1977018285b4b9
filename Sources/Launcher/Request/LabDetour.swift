// SPDX-License-Identifier: Apache-2.0
package import Configuration

/// What becomes of a machine that runs in the lab because this host's KVM cannot run it: the lab has this host's
/// files, in a layer that is gone at its end, and nothing else of it.
package struct LabDetour {
    private let machine: MachineConfiguration

    package init(_ machine: MachineConfiguration) {
        self.machine = machine
    }

    /// Looks at the kernel or firmware, the disks and the shares, which the lab sees as well, and refuses what would
    /// work in the lab alone, where nobody can reach it, or is not there. Changes nothing.
    package func check() throws(LaunchProblems) {
        let preparation = Preparation(machine)
        preparation.inspectFiles()
        var problems = preparation.problems
        problems += sockets.map(Self.refusal(ofSocket:)) + interfaces.map(Self.refusal(ofInterface:)) + hugePages
        if !problems.isEmpty { throw LaunchProblems(problems) }
    }

    /// What is lost when the machine ends, or does not lead to this host, in one clause.
    package var losses: String {
        var lost: [String] = []
        if machine.disks.contains(where: { !$0.readOnly }) { lost.append("what it writes to its disks") }
        if machine.shares.contains(where: { !$0.readOnly }) { lost.append("what it writes to its shares") }
        if case .file(.path(let path)) = machine.console { lost.append("the console's file \(path)") }
        lost += machine.fileSystems.map { "what it writes to \($0.tag)" }
        var clauses = lost.isEmpty ? [] : ["lost at its end: \(lost.joined(separator: " and "))"]
        if machine.networks.contains(where: { $0.attachment == .user() }) {
            clauses.append("its network reaches the lab alone")
        }
        return clauses.joined(separator: "; ")
    }

    /// The images that the machine writes, for the lab to have them as disks of its own: opened for writing in its
    /// layer, an image would be copied into its memory first.
    ///
    /// Not those of a format that grows: a disk of the lab has the image's size.
    package var writableDisks: [String] {
        machine.disks.compactMap { disk in
            guard !disk.readOnly, disk.format == .raw, case .path(let path) = disk.source else { return nil }
            return path
        }
    }

    private var sockets: [String] {
        machine.sockets.compactMap { if case .path(let path) = $0 { path } else { nil } }
    }

    private var interfaces: [String] {
        machine.networks.compactMap { if case .tap(let name, _) = $0.attachment { name } else { nil } }
    }

    private var hugePages: [LaunchProblem] {
        guard machine.memory.hugePages else { return [] }
        return [Self.refusal("huge pages", found: "the lab would have none of this host's")]
    }

    private static func refusal(ofSocket path: String) -> LaunchProblem {
        refusal(path, found: "this socket would be in the lab, where nobody can connect to it")
    }

    private static func refusal(ofInterface name: String) -> LaunchProblem {
        refusal(name, found: "the lab would have none of this host's TAP interfaces")
    }

    private static func refusal(_ object: String, found: String) -> LaunchProblem {
        LaunchProblem(
            object, found: "the machine would run in the lab, and \(found)",
            remedy: "it needs KVM on this host (apus doctor says more); or run it inside apus lab exec -- bash",
            exitCode: .hostUnable)
    }
}
