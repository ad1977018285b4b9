// SPDX-License-Identifier: Apache-2.0
import CMachine
import DiskImage
import Foundation
import Glibc
import Host
import Machine
import MachineTesting
import Testing

@Suite("Virtio block over an image chain")
struct BlockChainTests {
    static let shapes: [ChainDisk.Shape] = [
        .init(name: "a chain of qcow2 images"),
        .init(name: "small clusters over a raw image", clusterSize: 4096, isBaseRaw: true),
        .init(name: "large clusters over small compressed ones", baseClusterSize: 4096, isBaseCompressed: true),
        .init(name: "subclusters", baseClusterSize: 32768, hasExtendedEntries: true),
        .init(name: "lazy refcounts, the smallest clusters", clusterSize: 512, hasLazyRefcounts: true),
    ]

    /// Sectors that begin with their number; every fifth run of 37 is zeros. Half a megabyte less than the disk, and not
    /// whole clusters.
    static let contents: [UInt8] = {
        var bytes = [UInt8](repeating: 0, count: ChainDisk.byteCount - (1 << 19) - 1024)
        for sector in 0..<bytes.count / 512 where sector / 37 % 5 != 0 {
            for place in 0..<8 { bytes[sector * 512 + place] = UInt8(truncatingIfNeeded: sector >> (8 * (place & 1))) }
        }
        return bytes
    }()

    private static var padded: [UInt8] {
        contents + [UInt8](repeating: 0, count: ChainDisk.byteCount - contents.count)
    }

    @Test("what the guest reads is what the chain holds, layer by layer", arguments: shapes)
    func read(_ shape: ChainDisk.Shape) throws {
        let disk = try ChainDisk(shape, contents: Self.contents)
        let expected = Self.padded

        for sector in stride(from: 0, to: ChainDisk.byteCount / 512, by: 200) {
            let count = min(200 * 512, ChainDisk.byteCount - sector * 512)
            let found = try disk.read(sector: UInt64(sector), byteCount: count)
            #expect(found == Array(expected[sector * 512..<sector * 512 + count]), "sector \(sector)")
        }
        try disk.end()
    }

    @Test(
        "random requests, many at once, leave what they say, in the disk and in the image",
        arguments: shapes, [true, false])
    func random(_ shape: ChainDisk.Shape, _ deniesRing: Bool) throws {
        let seed = UInt64.random(in: 1 ... .max)
        let disk = try ChainDisk(shape, contents: Self.contents, deniesRing: deniesRing)
        var random = SplitMix(seed: seed)
        var model = Self.padded
        for round in 0..<12 {
            try Self.batch(disk, &random, &model, "seed \(seed), round \(round)")
            if round % 4 == 3 {
                #expect(try disk.flush() == 0, "seed \(seed)")
                #expect(
                    try disk.contents(shape) == model, "seed \(seed), round \(round): what a flush left in the files")
            }
        }
        try disk.end()

        #expect(try disk.contents(shape) == model, "seed \(seed)")
        try disk.checkClean()
    }

    @Test("what is known is read and overwritten without the chain's thread, and what is allocated is known then")
    func direct() throws {
        let disk = try ChainDisk(Self.shapes[0], contents: Self.contents, isThreaded: false)
        let steps = { (limit: Int) -> Bool in
            for _ in 0..<limit {
                // The other queue's kick, so that no step waits.
                sched_yield()
                disk.bench.device.wires.kick(1)
                _ = try disk.bench.device.step()
                if try disk.bench.queues[0].collect() != nil { return true }
            }
            return false
        }
        let isAnswered = { (type: UInt32, sector: UInt64, limit: Int) -> Bool in
            try disk.offer(type, sector: sector, byteCount: 4096)
            return try steps(limit)
        }
        // One that the chain's thread has to do is never answered; for one that it has not, any number is a bound.
        let (few, many) = (3000, 1_000_000)

        // The page, then both layers' granules in it.
        #expect(try !isAnswered(0, 40, few))
        _ = try disk.companion.step()
        #expect(try steps(many))
        #expect(try isAnswered(0, 420, many))
        #expect(try disk.bench.memory.read(at: disk.data(0), count: 2) == [0xA4, 1])
        // The first write is the image's; the page is looked up again after it.
        #expect(try !isAnswered(1, 420, few))
        _ = try disk.companion.step()
        #expect(try steps(many))
        #expect(try !isAnswered(1, 421, few))
        _ = try disk.companion.step()
        #expect(try steps(many))
        #expect(try isAnswered(1, 422, many))
        #expect(try isAnswered(0, 420, many))
        // Another cluster: allocated by the image, and the engine's from then on.
        #expect(try !isAnswered(1, 4000, few))
        _ = try disk.companion.step()
        #expect(try steps(many))
        #expect(try isAnswered(1, 4000, many))

        try disk.end()
        try disk.checkClean()
    }

    @Test("a device that sleeps has finished what it began, and the files hold all of it", arguments: [true, false])
    func sleep(_ deniesRing: Bool) throws {
        let shape = Self.shapes[2]
        let disk = try ChainDisk(shape, contents: Self.contents, deniesRing: deniesRing)
        var model = Self.padded
        for slot in 0..<ChainDisk.slotCount {
            let written = [UInt8](repeating: UInt8(slot + 1), count: 3072)
            try disk.bench.memory.write(written, at: disk.data(slot))
            model.replaceSubrange(slot * 80 * 512..<slot * 80 * 512 + 3072, with: written)
            try disk.offer(1, sector: UInt64(slot * 80), byteCount: 3072, slot: slot)
        }
        _ = try disk.bench.device.step()

        disk.bench.device.sleep()

        let progress = disk.bench.device.queueProgress
        #expect(progress[0]?.nextAvailable == progress[0]?.nextUsed)
        #expect(Int(progress[0]?.nextUsed ?? 0) > 0)
        disk.bench.device.wake()
        for _ in 0..<ChainDisk.slotCount { _ = try disk.bench.collect(from: 0) }
        disk.bench.device.sleep()
        #expect(try disk.contents(shape) == model)
        // The queues go on elsewhere from where they have come to.
        let handed = disk.bench.device.queueProgress
        disk.bench.device.deactivate()
        try disk.bench.activate(handed)
        #expect(try disk.read(sector: 80, byteCount: 3072) == [UInt8](repeating: 2, count: 3072))
        try disk.end()
    }

    @Test("without VIRTIO_BLK_F_FLUSH what was written and zeroed is in the files when it is answered")
    func writeThrough() throws {
        let shape = Self.shapes[1]
        let disk = try ChainDisk(shape, contents: Self.contents, features: VirtioFeature.common | 1 << 12)
        var model = Self.padded

        let written = [UInt8](repeating: 0xEE, count: 8192)
        #expect(try disk.write(written, sector: 333) == 0)
        model.replaceSubrange(333 * 512..<333 * 512 + 8192, with: written)
        #expect(try disk.contents(shape) == model)
        try disk.offerRange(13, sector: 512, sectors: 64, flags: 1)
        _ = try disk.bench.collect(from: 0)
        #expect(try disk.status() == 0)
        model.replaceSubrange(512 * 512..<576 * 512, with: [UInt8](repeating: 0, count: 64 * 512))
        #expect(try disk.contents(shape) == model)
        try disk.end()
    }

    @Test(
        "requests that write, zero and discard the same sectors at once leave an image without a flaw",
        arguments: shapes)
    func overlapping(_ shape: ChainDisk.Shape) throws {
        let seed = UInt64.random(in: 1 ... .max)
        let disk = try ChainDisk(shape, contents: Self.contents)
        var random = SplitMix(seed: seed)
        for _ in 0..<15 {
            let middle = random.below(ChainDisk.byteCount / 512 - 600)
            for slot in 0..<ChainDisk.slotCount {
                let sector = UInt64(middle + random.below(300))
                switch random.below(8) {
                case 0: try disk.offerRange(11, sector: sector, sectors: 256, slot: slot, queue: slot % 2)
                case 1: try disk.offerRange(13, sector: sector, sectors: 200, flags: 1, slot: slot, queue: slot % 2)
                case 2: try disk.offer(4, slot: slot, queue: slot % 2)
                case 3: try disk.offer(0, sector: sector, byteCount: 65536, slot: slot, queue: slot % 2)
                default: try disk.offer(1, sector: sector, byteCount: 65536, slot: slot, queue: slot % 2)
                }
            }
            for slot in 0..<ChainDisk.slotCount { _ = try disk.bench.collect(from: slot % 2) }
            for slot in 0..<ChainDisk.slotCount { #expect(try disk.status(slot) == 0, "seed \(seed)") }
        }
        // What two wrote at once is one's or the other's, and the same in the device and in the files.
        let seen = try (0..<32).flatMap { try disk.read(sector: UInt64($0 * 240), byteCount: 240 * 512) }
        try disk.end()

        #expect(try Array(disk.contents(shape).prefix(seen.count)) == seen, "seed \(seed)")
        try disk.checkClean()
    }

    @Test("a file that cannot grow is an error of what must be allocated, and of that alone")
    func noRoom() throws {
        let number = unsafe memfd_create("image", UInt32(MFD_ALLOW_SEALING))
        try #require(number >= 0)
        let descriptor = Descriptor(owning: number)
        let image = try Qcow2Image.create(
            on: try FileNode(owning: try descriptor.duplicate(), isReadOnly: false),
            Qcow2CreateOptions(byteCount: 1 << 20))
        try image.write([UInt8](repeating: 7, count: 65536), at: 0)
        try image.close()
        // F_ADD_SEALS, F_SEAL_GROW (fcntl(2)).
        try #require(fcntl(number, 1033, 4) == 0)
        let chain = try ImageChain.openConfined(
            [.init(format: .qcow2, file: try FileNode(owning: descriptor, isReadOnly: false))], isReadOnly: false)
        let device = try VirtioBlock(chain: chain, serial: "", queueCount: 1, deniesRing: false)
        let thread = try DeviceThread(device, filter: ThreadFilters.block, companions: ThreadFilters.imageChain)
        let bench = try Workbench(device, isOnThread: true)
        let steps: [(type: UInt32, sector: UInt64)] = [(1, 1), (1, 200), (0, 200), (1, 2), (0, 2)]
        var found: [UInt8] = []
        for step in steps {
            let header = Workbench<VirtioBlock>.buffers
            try bench.memory.store(step.type, at: header)
            try bench.memory.store(step.sector, at: header + 8)
            try bench.offer(
                [
                    .init(header, 16), .init(header + 0x1000, 512, isWritable: step.type == 0),
                    .init(header + 16, 1, isWritable: true),
                ], to: 0)
            _ = try thread.collect(from: 0, bench)
            found.append(try bench.memory.load(at: header + 16))
        }

        #expect(found == [0, 1, 0, 0, 0])
        device.deactivate()
        thread.expectRest()
        device.stop()
        thread.join()
    }

    /// A request of a batch, on sectors of its own.
    private struct Step {
        var type: UInt32
        var sectors: Range<Int>
        var flags: UInt32 = 0
    }

    /// Requests on ranges side by side, all offered before any is collected.
    private static func batch(
        _ disk: ChainDisk, _ random: inout SplitMix, _ model: inout [UInt8], _ context: Comment
    ) throws {
        var steps: [Step] = []
        var sector = Int(random.below(512))
        while steps.count < ChainDisk.slotCount {
            sector += Int(random.below(64))
            let count = 1 + Int(random.below(steps.count % 3 == 0 ? 240 : 24))
            guard sector + count <= ChainDisk.byteCount / 512 else { break }
            let type: UInt32 = [0, 0, 1, 1, 1, 13][Int(random.below(6))]
            steps.append(Step(type: type, sectors: sector..<sector + count, flags: UInt32(random.below(2))))
            sector += count
        }
        for (slot, step) in steps.enumerated() { try offer(step, slot, disk, &random, &model) }
        for queue in 0..<2 {
            for slot in steps.indices where slot % 2 == queue { _ = try disk.bench.collect(from: slot % 2) }
        }
        for (slot, step) in steps.enumerated() {
            #expect(try disk.status(slot) == 0, context)
            let bytes = step.sectors.lowerBound * 512..<step.sectors.upperBound * 512
            if step.type == 0 {
                let found = try disk.bench.memory.read(at: disk.data(slot), count: bytes.count)
                #expect(found == Array(model[bytes]), context)
            }
        }
    }

    private static func offer(
        _ step: Step, _ slot: Int, _ disk: ChainDisk, _ random: inout SplitMix, _ model: inout [UInt8]
    ) throws {
        let bytes = step.sectors.lowerBound * 512..<step.sectors.upperBound * 512
        let sector = UInt64(step.sectors.lowerBound)
        if step.type == 13 {
            model.replaceSubrange(bytes, with: [UInt8](repeating: 0, count: bytes.count))
            return try disk.offerRange(
                13, sector: sector, sectors: step.sectors.count, flags: step.flags, slot: slot, queue: slot % 2)
        }
        if step.type == 1 {
            let written = [UInt8](repeating: UInt8(truncatingIfNeeded: random.next()), count: bytes.count)
            model.replaceSubrange(bytes, with: written)
            try disk.bench.memory.write(written, at: disk.data(slot))
        }
        try disk.offer(step.type, sector: sector, byteCount: bytes.count, slot: slot, queue: slot % 2)
    }
}
