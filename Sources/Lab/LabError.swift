// SPDX-License-Identifier: Apache-2.0
package import GuestKit
package import Host

/// Why the lab could not run a command. Its exit status is 125 but for a command that cannot be started.
package enum LabError: Error, Sendable, CustomStringConvertible {
    case noCommand
    case memoryTooSmall(mebibytes: UInt64)
    case processorCount(Int)
    case scratchTooSmall(mebibytes: UInt64)
    case diskCount(Int, most: Int)
    case disk(path: String, SystemCallError)
    case diskKind(path: String)
    /// QEMU is not installed.
    case missingEmulator
    case missingAgent(path: String)
    case kit(GuestKitError)
    case system(SystemCallError)
    case outputFolder(path: String, GuestKitError)
    /// L1 ended by itself; `console` is what it wrote last.
    case ended(console: String)
    case startTimeout(seconds: Int, console: String)
    /// The agent could not set L1 up, or start the command.
    case agent(status: UInt8, reason: String)
    case protocolViolation(String)

    /// What a program that was asked to run the command exits with.
    package var exitStatus: Int32 {
        if case .agent(let status, _) = self { return Int32(status) }
        return 125
    }

    package var description: String {
        switch self {
        case .noCommand: "the lab was given no command to run"
        case .memoryTooSmall(let mebibytes): "the lab needs at least 512 MiB of memory and was given \(mebibytes) MiB"
        case .processorCount(let count): "the lab has 1 to 64 processors and was asked for \(count)"
        case .scratchTooSmall(let mebibytes): "a scratch disk has at least 16 MiB and was asked for \(mebibytes) MiB"
        case .diskCount(let count, let most): "the lab has at most \(most) disks and was asked for \(count)"
        case .disk(let path, let error): "the disk \(path) cannot be opened: \(error.reason); give a file you can read"
        case .diskKind(let path):
            "the disk \(path) is neither a file nor a block device with at least one sector of 512 bytes: give one"
        case .missingEmulator:
            "the lab needs QEMU, and qemu-system-x86_64 is not installed: install the package qemu-system-x86"
        case .missingAgent(let path):
            "the lab's agent is not at \(path): build the product apus-lab-agent, or name it in APUS_LAB_AGENT"
        case .kit(let error): error.description
        case .system(let error): error.description
        case .outputFolder(let path, let error): "the output folder \(path) cannot be used: \(error)"
        case .ended(let console): "the lab's machine ended by itself\(Self.tail(console))"
        case .startTimeout(let seconds, let console):
            "the lab's machine did not start within \(seconds) s\(Self.tail(console))"
        case .agent(_, let reason): reason
        case .protocolViolation(let what): "the lab's agent broke the protocol: \(what)"
        }
    }

    private static func tail(_ console: String) -> String {
        let lines = console.split(whereSeparator: \.isNewline).suffix(40)
        return lines.isEmpty ? "; its console is empty" : "; its console ends with:\n" + lines.joined(separator: "\n")
    }
}
