// SPDX-License-Identifier: Apache-2.0
internal import Configuration

/// A machine on its way from what was asked for to what its process is handed.
///
/// First `inspect()` opens what is there and collects what is wrong, without making anything; then `create()` makes
/// what is missing. What was made goes away with this object.
final class Preparation {
    /// The machine as it was asked for: resources are paths.
    let request: MachineConfiguration
    /// The machine as its process is told: resources become descriptors one after the other.
    var machine: MachineConfiguration
    let table = DescriptorTable()
    var problems: [LaunchProblem] = []
    /// What keeps no machine from being started and should be known, a sentence each.
    var warnings: [String] = []
    /// The images opened so far, to find one that is given twice.
    var images: [(path: String, identity: FileIdentity)] = []
    /// The empty store of variables that belongs to the firmware.
    var variablesTemplate: String?
    /// What the disk for cloud-init is to hold.
    var seedFiles: [SeedDisk.File] = []
    var sockets: [SocketFile] = []
    /// What has to be placed on processors once the machine's threads are there.
    var placements: [NetworkPlacement] = []
    /// The programs that serve devices: network stacks, file servers.
    var services: [ServiceProcess] = []
    /// The launcher's end of the console, when that is the terminal.
    var console: ConsoleEnd?

    init(_ request: MachineConfiguration) {
        self.request = request
        machine = request
        machine.imageFolders = []
    }

    /// Opens what is there.
    ///
    /// - Throws: Everything that keeps the machine from being started.
    func inspect() throws(LaunchProblems) {
        openKVM()
        inspectFiles()
        inspectMemory()
        for index in machine.networks.indices { inspectNetwork(index) }
        inspectFileSystems()
        inspectSockets()
        if !problems.isEmpty { throw LaunchProblems(problems) }
    }

    /// Opens the kernel or the firmware, the disks, the shared directories and what cloud-init is given alone: what is
    /// the same on any host that sees these files.
    func inspectFiles() {
        openBootFiles()
        for index in machine.disks.indices { openDisk(index) }
        for index in machine.shares.indices { openShare(index) }
        readSeed()
    }

    /// Makes sockets, files and cloud-init's disk, and starts the programs that serve devices. What was made before a
    /// failure goes away with this object.
    func create() throws(LaunchProblem) {
        try createSockets()
        try createConsole()
        try createSeed()
        for index in machine.networks.indices { try createNetwork(index) }
        for index in machine.fileSystems.indices { try createFileSystem(index) }
        // The last, as the one that stays on the disk.
        try createVariables()
    }

    func report(_ object: String, found: String, remedy: String, _ exitCode: ExitCode) {
        problems.append(LaunchProblem(object, found: found, remedy: remedy, exitCode: exitCode))
    }
}
