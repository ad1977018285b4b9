// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import DiskImage
internal import Glibc
internal import Host
internal import Machine
internal import MachineTesting

extension FuzzEntry {
    /// A disk over two qcow2 images in memory, whose chain has its thread. Whatever the driver did, the image is sound.
    static func imageChain(_ random: inout SplitMix) throws {
        let base = try memoryFile()
        let top = try memoryFile()
        var options = Qcow2CreateOptions(byteCount: 1 << 20)
        options.clusterSize = 512 << UInt64(random.below(8))
        let lower = try Qcow2Image.create(on: try node(base), options)
        try lower.write([UInt8](repeating: 0xA5, count: 300_000), at: 100_000)
        try lower.close()
        options.clusterSize = 512 << UInt64(random.below(8))
        options.hasLazyRefcounts = random.once(in: 3)
        options.backingFileName = "base"
        options.backingFormat = "qcow2"
        _ = try Qcow2Image.create(on: try node(top), options)

        let chain = try ImageChain(
            [.init(format: .qcow2, file: try node(top)), .init(format: .qcow2, file: try node(base))],
            isReadOnly: false)
        try drive(
            try VirtioBlock(
                chain: chain, serial: "fuzz", queueCount: 1 + random.below(3), deniesRing: random.once(in: 2)), &random)

        let report = try Qcow2Image(file: try node(top), backing: try node(base), isReadOnly: true).check()
        try Finding.check(report.messages)
    }

    private static func drive(_ device: VirtioBlock, _ random: inout SplitMix) throws {
        let companions = device.companions
        let thread = try NamedThread(name: "chain") {
            // What it throws, the end of the device shows as requests that fail.
            for companion in companions { _ = try? companion.serve(under: ThreadFilters.imageChain) }
        }
        defer { thread.wait() }
        defer { device.close() }
        let bench = try Workbench(device)
        // An xorshift must not start at 0.
        var fuzzer = QueueFuzzer(bench, seed: random.next() | 1)
        for _ in 0..<12 { try fuzzer.run(rounds: 40) }
        device.stop()
        while try device.step() {}
    }

    private static func memoryFile() throws -> Descriptor {
        let number = unsafe memfd_create("apus-fuzz", CUnsignedInt(MFD_CLOEXEC))
        guard number >= 0 else { throw SystemCallError(call: "memfd_create", code: errno) }
        return Descriptor(owning: number)
    }

    private static func node(_ file: borrowing Descriptor) throws -> FileNode {
        try FileNode(owning: try file.duplicate(), isReadOnly: false)
    }
}
