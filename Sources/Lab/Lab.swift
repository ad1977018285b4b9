// SPDX-License-Identifier: Apache-2.0
internal import Glibc
package import GuestKit
internal import LabWire

/// A KVM host for one command: L1, emulated by QEMU, over this host's root.
package enum Lab {
    /// Runs a command in the lab, with this process's standard streams, and returns its exit status.
    ///
    /// Where standard input and output are a terminal, so they are for the command. The lab ends with this call, and
    /// with this process however that ends. To be called on the main thread, in a process that has no other thread
    /// which takes signals.
    package static func execute(_ configuration: LabConfiguration, kit: GuestKit) throws(LabError) -> Int32 {
        try configuration.validate()
        let image = try LabImage(kit: kit)
        // Before QEMU starts, so that its end is not missed.
        let signals = try SignalQueue()
        let machine = try LabMachine(configuration, image)
        var session = LabSession(
            configuration, job(for: configuration, image), machine: machine, signals: signals)
        return try session.run()
    }

    private static func job(for configuration: LabConfiguration, _ image: LabImage) -> Job {
        let usesTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
        return Job(
            command: configuration.command, environment: configuration.environment,
            workingDirectory: configuration.workingDirectory,
            terminal: usesTerminal ? RawTerminal.size(of: STDIN_FILENO) : nil,
            errorsToTerminal: isatty(STDERR_FILENO) == 1, hasOutputFolder: configuration.output != nil,
            hasScratchDisk: configuration.scratchByteCount != nil,
            disks: configuration.disks.map(HostDisk.absolutePath), modules: image.kernel.modules)
    }
}
