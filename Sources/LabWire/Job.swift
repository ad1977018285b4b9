// SPDX-License-Identifier: Apache-2.0

/// A command to run in L1, and its surroundings.
package struct Job: Equatable, Sendable {
    /// The program, looked up in the environment's `PATH`, and its arguments; not empty.
    package var command: [String]
    /// `NAME=VALUE` each.
    package var environment: [String]
    package var workingDirectory: String
    /// The size of the terminal that standard input and output are; `nil` runs the command on pipes.
    package var terminal: TerminalSize?
    /// Whether standard error is the terminal too.
    package var errorsToTerminal: Bool
    /// Whether a folder of the host is shared at `/lab`.
    package var hasOutputFolder: Bool
    /// Whether the scratch disk is to be mounted at `/scratch`.
    package var hasScratchDisk: Bool
    /// Absolute paths; the disk whose serial number `DiskSerial` gives for its index is to stand at each.
    package var disks: [String]
    /// The modules' folder on the host; becomes `/lib/modules/RELEASE`.
    package var modules: String

    package init(
        command: [String], environment: [String], workingDirectory: String, terminal: TerminalSize?,
        errorsToTerminal: Bool, hasOutputFolder: Bool, hasScratchDisk: Bool, disks: [String],
        modules: String
    ) {
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.terminal = terminal
        self.errorsToTerminal = errorsToTerminal
        self.hasOutputFolder = hasOutputFolder
        self.hasScratchDisk = hasScratchDisk
        self.disks = disks
        self.modules = modules
    }

    init?(from reader: inout PayloadReader) {
        guard let command = reader.texts(), let environment = reader.texts(), let folder = reader.text(),
            let hasTerminal = reader.boolean(), let rows = reader.halfWord(), let columns = reader.halfWord(),
            let errorsToTerminal = reader.boolean(), let hasOutputFolder = reader.boolean(),
            let hasScratchDisk = reader.boolean(), let disks = reader.texts(), let modules = reader.text(),
            !command.isEmpty
        else { return nil }
        self.init(
            command: command, environment: environment, workingDirectory: folder,
            terminal: hasTerminal ? TerminalSize(rows: rows, columns: columns) : nil,
            errorsToTerminal: errorsToTerminal, hasOutputFolder: hasOutputFolder, hasScratchDisk: hasScratchDisk,
            disks: disks, modules: modules)
    }

    func write(to writer: inout PayloadWriter) {
        writer.texts(command)
        writer.texts(environment)
        writer.text(workingDirectory)
        writer.boolean(terminal != nil)
        writer.integer(UInt64(terminal?.rows ?? 0), byteCount: 2)
        writer.integer(UInt64(terminal?.columns ?? 0), byteCount: 2)
        writer.boolean(errorsToTerminal)
        writer.boolean(hasOutputFolder)
        writer.boolean(hasScratchDisk)
        writer.texts(disks)
        writer.text(modules)
    }
}
