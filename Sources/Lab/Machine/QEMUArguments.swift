// SPDX-License-Identifier: Apache-2.0
internal import GuestKit
internal import LabWire

/// QEMU's command line for L1.
///
/// Descriptors: 0 null, 1 and 2 messages, 3 control, 4 stream, 5 errors, 6 console, 7 initrd, 8 scratch disk,
/// and from 9 the host's disk images.
enum QEMUArguments {
    /// The emulated page tables of five levels cost time; the mitigations guard nothing in an emulated CPU.
    /// The kernel hands what it does not know to the first process: Swift's runtime looks its root up in /proc, which
    /// that process has yet to mount, unless it is told.
    private static let kernelArguments =
        "console=ttyS0 panic=-1 quiet nokaslr mitigations=off tsc=reliable no_timer_check random.trust_cpu=on"
        + " SWIFT_ROOT=/"

    /// Translated code, in MiB. QEMU would take 1024, which the code of guests long gone fills: every look for a piece of it
    /// then misses the host's caches, and a lab gets slower by a half with each guest that it has run.
    private static let translationMebibytes = 128

    static func list(for configuration: LabConfiguration, _ image: LabImage) throws(LabError) -> [String] {
        var list = [
            "-name", "apus-lab", "-M", "q35", "-accel",
            "tcg,thread=multi,tb-size=\(translationMebibytes)", "-cpu", "max,la57=off",
            "-smp", "\(configuration.processorCount)", "-m", "\(configuration.memoryByteCount >> 20)",
            "-display", "none", "-no-reboot", "-nodefaults", "-no-user-config",
            "-kernel", image.kernel.image, "-initrd", "/proc/self/fd/7", "-append", kernelArguments,
            "-chardev", "socket,id=console,fd=6", "-serial", "chardev:console",
            "-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap",
            "-device", "virtio-9p-pci,fsdev=root,mount_tag=root", "-device", "virtio-serial-pci",
        ]
        for (descriptor, name) in [(3, PortName.control), (4, PortName.stream), (5, PortName.errors)] {
            list += ["-chardev", "socket,id=port\(descriptor),fd=\(descriptor)"]
            list += ["-device", "virtserialport,chardev=port\(descriptor),name=\(name)"]
        }
        if let output = configuration.output { list += try outputFolder(output) }
        if configuration.scratchByteCount != nil { list += scratchDisk }
        for index in configuration.disks.indices { list += hostDisk(index) }
        return list
    }

    /// A disk of the host that is only read: what L1 writes goes to a nameless file of QEMU's.
    private static func hostDisk(_ index: Int) -> [String] {
        let (descriptor, set) = (9 + index, 2 + index)
        return [
            "-add-fd", "fd=\(descriptor),set=\(set)",
            "-drive", "file=/dev/fdset/\(set),format=raw,if=none,id=host\(index),snapshot=on,discard=unmap",
            "-device", "virtio-blk-pci,drive=host\(index),serial=\(DiskSerial.text(index))",
        ]
    }

    private static func outputFolder(_ path: String) throws(LabError) -> [String] {
        do throws(GuestKitError) {
            try Files.makeFolders(path)
            // QEMU's options end at a comma that is not doubled.
            let escaped = try Files.resolve(path).split(separator: ",", omittingEmptySubsequences: false)
                .joined(separator: ",,")
            return [
                "-fsdev", "local,id=output,path=\(escaped),security_model=none",
                "-device", "virtio-9p-pci,fsdev=output,mount_tag=output",
            ]
        } catch {
            throw .outputFolder(path: path, error)
        }
    }

    /// Nothing of the disk outlives L1, so that no flush need reach the host's disk.
    private static let scratchDisk = [
        "-add-fd", "fd=8,set=1", "-object", "iothread,id=scratch",
        "-blockdev", "driver=file,node-name=file,filename=/dev/fdset/1,cache.no-flush=on,discard=unmap",
        "-blockdev", "driver=raw,node-name=scratch,file=file,cache.no-flush=on,discard=unmap",
        "-device", "virtio-blk-pci,drive=scratch,iothread=scratch",
    ]
}
