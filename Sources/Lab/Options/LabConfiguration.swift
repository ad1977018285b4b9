// SPDX-License-Identifier: Apache-2.0
internal import GuestKit

/// What to run in the lab, and how large the lab is.
package struct LabConfiguration: Sendable {
    /// The program and its arguments; not empty. It is looked up in the `PATH` of `environment`.
    package var command: [String]
    /// L1's memory; the files that the command writes live in it too.
    package var memoryByteCount: UInt64 = 2 << 30
    /// L1's processors, 1 to 64; all of them are emulated on one of the host's.
    package var processorCount = 1
    /// The size of the disk at `/scratch`; `nil` for none.
    package var scratchByteCount: UInt64?
    /// Disk images of the host, each at its own path a block device of L1. What is written to one is gone with the lab.
    package var disks: [String] = []
    /// The host's folder at `/lab`, made where it is missing; `nil` makes `/lab` a folder in L1's memory.
    package var output: String?
    /// `NAME=VALUE` each.
    package var environment: [String]
    package var workingDirectory: String
    /// How long the command may take to end after it has been sent SIGTERM or SIGINT. A second signal ends it at once.
    package var graceSeconds = 5
    /// How long L1 may take to start.
    package var startLimitSeconds = 120

    /// The most disks; each takes one of L1's slots.
    package static let maximumDiskCount = 16

    /// A lab for `command` in this process's folder, with the part of its environment that makes sense in L1.
    package init(command: [String]) {
        self.command = command
        environment = LabEnvironment.inherited(from: Environment.all)
        workingDirectory = Files.currentFolder
    }

    /// Refuses what cannot work.
    package func validate() throws(LabError) {
        guard !command.isEmpty else { throw .noCommand }
        guard memoryByteCount >= 512 << 20 else { throw .memoryTooSmall(mebibytes: memoryByteCount >> 20) }
        guard (1...64).contains(processorCount) else { throw .processorCount(processorCount) }
        if let scratchByteCount, scratchByteCount < 16 << 20 {
            throw .scratchTooSmall(mebibytes: scratchByteCount >> 20)
        }
        guard disks.count <= Self.maximumDiskCount else {
            throw .diskCount(disks.count, most: Self.maximumDiskCount)
        }
    }
}
