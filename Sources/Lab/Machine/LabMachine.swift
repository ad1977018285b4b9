// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import GuestKit
internal import Host
internal import LabWire

/// L1: a running QEMU and this side of its ports. It ends with its owner, and with the thread that made it.
struct LabMachine: ~Copyable {
    let process: ChildProcess
    let control: Descriptor
    let stream: Descriptor
    let errors: Descriptor
    /// What L1's kernel, the agent and QEMU itself have to say.
    let console: Descriptor

    init(_ configuration: LabConfiguration, _ image: LabImage) throws(LabError) {
        guard let emulator = Environment.program("qemu-system-x86_64") else { throw .missingEmulator }
        let arguments = try QEMUArguments.list(for: configuration, image)
        let control = try SocketPair()
        let stream = try SocketPair()
        let errors = try SocketPair()
        let console = try SocketPair()
        let initrd = try image.makeInitrd()
        let disk = try Self.scratch(configuration)
        let disks = try configuration.disks.map(HostDisk.init(path:))
        let null = try Self.open("/dev/null")
        // In the order of `QEMUArguments`.
        let descriptors =
            [
                null.borrowed, console.theirs.borrowed, console.theirs.borrowed, control.theirs.borrowed,
                stream.theirs.borrowed, errors.theirs.borrowed, console.theirs.borrowed, initrd.borrowed, disk.borrowed,
            ] + disks.map(\.number)
        let process: ChildProcess
        do {
            // QEMU 7.2 changes an emulated processor's pending interrupts without a lock at each world switch of SVM
            // (helper_vmrun, do_vmexit), while its other threads raise some: they get lost, or come back in another
            // guest. On one processor of the host, the single instruction that does it is atomic.
            process = try withExtendedLifetime(disks) { () throws(SystemCallError) in
                try ChildProcess(
                    path: emulator, arguments: arguments, environment: Environment.all, descriptors: descriptors,
                    ownSession: true, oneProcessor: true)
            }
        } catch {
            throw .system(error)
        }
        self.process = process
        self.control = control.ours
        self.stream = stream.ours
        self.errors = errors.ours
        self.console = console.ours
    }

    deinit {
        process.kill()
        _ = process.wait()
    }

    private static func scratch(_ configuration: LabConfiguration) throws(LabError) -> Descriptor {
        if let size = configuration.scratchByteCount { return try ScratchDisk.make(byteCount: size) }
        return try open("/dev/null")
    }

    private static func open(_ path: String) throws(LabError) -> Descriptor {
        do { return try Descriptor(path: path, flags: O_RDWR) } catch { throw .system(error) }
    }
}
