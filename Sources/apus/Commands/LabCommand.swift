// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Configuration
internal import GuestKit
internal import Lab

/// `apus lab`: everything about the lab.
struct LabCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab", abstract: "A KVM host on any machine, emulated by QEMU.",
        subcommands: [LabExecCommand.self])
}

/// `apus lab exec`: runs one command in the lab.
struct LabExecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Run a command on an emulated KVM host, over this host's files.",
        discussion: """
            Boots a stock Debian kernel under QEMU, on an emulated CPU that has virtualization extensions, and runs \
            COMMAND there as root with a real /dev/kvm. The command sees this host's files; what it writes stays in \
            the lab's memory and is gone afterwards, except below /lab with --output. Nothing else of the host \
            changes, and no rights are needed.

            On a terminal the command has that terminal: Ctrl-C belongs to it, and Ctrl-] twice leaves. The first \
            SIGTERM or SIGINT is passed on, a second one ends the lab.

            The exit status is the command's, 128 and the signal's number where a signal ended it, 127 or 126 where \
            it was not found or cannot be run, and 125 where the lab itself failed.

            Examples:
              apus lab exec -- ls -l /dev/kvm
              apus lab exec --memory 4G -- bash
              apus lab exec --disk debian.img -- apus run --disk debian.img,format=raw ...
              apus lab exec --scratch 8G --output results -- ./measure /lab/figures
            """)

    @Option(
        help: ArgumentHelp("Memory of the lab, such as 3072M or 4G (default: 2G).", valueName: "size"),
        transform: Self.size)
    var memory: ByteSize?

    @Option(help: ArgumentHelp("Processors of the lab; they share one of this host's.", valueName: "n"))
    var cpus = 1

    @Option(
        help: ArgumentHelp("A disk of that size with an empty ext4, at /scratch (/dev/vda).", valueName: "size"),
        transform: Self.size)
    var scratch: ByteSize?

    @Option(
        help: ArgumentHelp(
            "A disk image of this host that the lab has as a block device, at its path; changes are lost. Repeatable.",
            valueName: "path"))
    var disk: [String] = []

    @Option(help: ArgumentHelp("A folder of this host that is writable at /lab.", valueName: "dir"))
    var output: String?

    @Argument(parsing: .postTerminator, help: ArgumentHelp("The command and its arguments.", valueName: "command"))
    var command: [String]

    func run() throws {
        let status = Self.status(of: configuration)
        if status != 0 { throw ExitCode(status) }
    }

    private var configuration: LabConfiguration {
        var configuration = LabConfiguration(command: command)
        if let memory { configuration.memoryByteCount = memory.byteCount }
        configuration.processorCount = cpus
        configuration.scratchByteCount = scratch?.byteCount
        configuration.output = output
        configuration.disks = disk
        return configuration
    }

    /// The parser says which option it is.
    private static func size(_ text: String) throws -> ByteSize {
        do {
            return try ByteSize(text, of: "")
        } catch {
            throw ValidationError("\(error.found); \(error.remedy)")
        }
    }

    private static func status(of configuration: LabConfiguration) -> Int32 {
        do throws(GuestKitError) {
            let kit = GuestKit(cache: try CacheFolder())
            do throws(LabError) {
                return try Lab.execute(configuration, kit: kit)
            } catch {
                Progress().say("lab: \(error)")
                return error.exitStatus
            }
        } catch {
            Progress().say("lab: \(error)")
            return 125
        }
    }
}
