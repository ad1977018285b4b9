// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc
internal import Host
internal import Machine
internal import MachineTesting

/// A virtio-blk device under a driver made of a few stores, in a process with nothing else in it.
struct BlockHarness {
    private let memory: GuestMemory
    private let device: VirtioBlock
    private var queue: DriverQueue

    init(path: String, usesAIO: Bool) throws {
        memory = try GuestMemory(lowByteCount: 32 << 20)
        let image = try RawImage(owning: try Descriptor(path: path, flags: O_RDONLY), isReadOnly: true)
        device = try VirtioBlock(image: image, serial: "harness", queueCount: 1, deniesRing: usesAIO)
        queue = DriverQueue(memory: memory, base: GuestAddress(0x10000), size: 256)
    }

    /// Plays guest and device thread in turn on one thread, so that a counter of instructions sees both.
    mutating func run(requests: Int, isFiltered: Bool) throws {
        try device.begin()
        try device.activate(
            VirtioActivation(memory: memory, features: device.offeredFeatures, queues: [queue.layout]))
        let statistics = try Descriptor(path: "/proc/self/smaps_rollup", flags: O_RDONLY)
        print("virtio-blk, one 4 KiB read at a time")
        if isFiltered { try ThreadFilters.block.install() }
        try memory.store(UInt32(0), at: GuestAddress(0x20000))
        for index in 0..<requests { try request(index) }
        report(try statistics.read(upTo: 4096) ?? [])
    }

    private mutating func request(_ index: Int) throws {
        try memory.store(UInt64(index % 64 * 8), at: GuestAddress(0x20008))
        try queue.setUsedEvent(queue.lastSeenUsed)
        try queue.offer([
            .init(GuestAddress(0x20000), 16), .init(GuestAddress(0x30000), 4096, isWritable: true),
            .init(GuestAddress(0x20010), 1, isWritable: true),
        ])
        device.wires.kick(0)
        while try queue.collect() == nil { _ = try device.step() }
        let status: UInt8 = try memory.load(at: GuestAddress(0x20010))
        guard status == 0 else { throw SystemCallError(call: "request \(index): status \(status)", code: EIO) }
    }

    private func report(_ statistics: [UInt8]) {
        for line in String(decoding: statistics, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("Anonymous:") || line.hasPrefix("Rss:") {
            print(line)
        }
        print(
            "the guest's rings and buffers are among the anonymous pages: 2048 kB where the host gives huge pages, else 16"
        )
    }
}
