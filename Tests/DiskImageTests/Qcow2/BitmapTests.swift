// SPDX-License-Identifier: Apache-2.0
import DiskImage
import MachineTesting
import Testing

@Suite("Dirty bitmaps of qcow2 images beside QEMU")
struct BitmapTests {
    private static let size: UInt64 = 8 << 20

    private static func ours(_ bitmap: DirtyBitmap) -> [Range<UInt64>] {
        var ranges: [Range<UInt64>] = []
        var offset: UInt64 = 0
        while let range = bitmap.nextDirtyRange(in: offset..<bitmap.byteCount) {
            ranges.append(range)
            offset = range.upperBound
        }
        return ranges
    }

    private static func create(
        _ scratch: Scratch, clusterSize: UInt64 = 65536, granularity: UInt64 = 4096
    ) throws -> Qcow2Image {
        var options = Qcow2CreateOptions(byteCount: size)
        options.clusterSize = clusterSize
        let image = try scratch.create("image", options)
        try image.addBitmap("changes", granularity: granularity, isEnabled: true)
        return image
    }

    @Test("what is recorded is what QEMU's NBD server tells", arguments: [512, 4096, 65536] as [UInt64])
    func recorded(_ clusterSize: UInt64) throws {
        let scratch = try Scratch()
        let image = try Self.create(scratch, clusterSize: clusterSize)
        try image.write([UInt8](repeating: 1, count: 5000), at: 10_000)
        try image.writeZeroes(1 << 20..<(1 << 20) + 4096, mayUnmap: false)
        try image.discard(2 << 20..<(2 << 20) + 65536)
        try image.write([1], at: Self.size - 1)
        try image.close()
        try scratch.checkClean("image")

        let wanted: [Range<UInt64>] = [
            8192..<16384, 1 << 20..<(1 << 20) + 4096, 2 << 20..<(2 << 20) + 65536, Self.size - 4096..<Self.size,
        ]
        #expect(try scratch.dirtyRanges("image", "changes") == wanted)
        #expect(try Self.ours(scratch.image("image").bitmapContents("changes")) == wanted)
    }

    @Test("both record by turns, and both find the same", arguments: 0..<3)
    func turns(_ seed: Int) throws {
        let scratch = try Scratch()
        var random = SplitMix(seed: UInt64(seed))
        let clusterSize: UInt64 = 512 << UInt64(random.below(8))
        try Self.create(scratch, clusterSize: clusterSize, granularity: 512).close()
        var wanted = DirtyBitmap(byteCount: Self.size, granularity: 512)
        for turn in 0..<4 {
            var commands: [String] = []
            let image = try scratch.image("image")
            for _ in 0..<10 {
                let offset = UInt64(random.below(Int(Self.size) - 70_000)), count = 1 + random.below(70_000)
                wanted.set(offset..<offset + UInt64(count))
                if turn.isMultiple(of: 2) {
                    try image.write([UInt8](repeating: 2, count: count), at: offset)
                } else {
                    commands += ["-c", "write -q -P 3 \(offset) \(count)"]
                }
            }
            try image.close()
            if !commands.isEmpty { _ = try scratch.run(["qemu-io", "-f", "qcow2"] + commands + ["image"]) }
            try scratch.checkClean("image", "seed \(seed), turn \(turn)")
        }
        #expect(try scratch.dirtyRanges("image", "changes") == Self.ours(wanted), "seed \(seed)")
        #expect(try Self.ours(scratch.image("image").bitmapContents("changes")) == Self.ours(wanted), "seed \(seed)")
    }

    @Test("an image that was not closed has an inconsistent bitmap, which can only be removed")
    func inconsistent() throws {
        let scratch = try Scratch()
        try Self.create(scratch).close()
        let crashed = try scratch.image("image")
        try crashed.addBitmap("disabled", granularity: 512, isEnabled: false)
        try crashed.close()
        try crashed.write([1], at: 0)
        try crashed.flush()

        let image = try scratch.image("image")
        let bitmap = try #require(image.bitmap("changes"))
        #expect(bitmap.isInconsistent && bitmap.isInUse)
        #expect(try scratch.tool("qemu-img", "info", "image").contains("in-use"))
        #expect(throws: BlockError.self) { _ = try image.bitmapContents("changes") }
        #expect(throws: BlockError.self) { try image.clearBitmap("changes") }
        #expect(throws: BlockError.self) { try image.resize(to: Self.size * 2) }
        // One that records nothing was not touched.
        #expect(try image.bitmapContents("disabled").setBitCount == 0)
        try image.removeBitmap("changes")
        try image.close()
        try scratch.checkClean("image")
        #expect(try scratch.image("image").bitmaps.map(\.name) == ["disabled"])
    }

    @Test("one that QEMU left in use is not used")
    func theirCrash() throws {
        let scratch = try Scratch()
        try Self.create(scratch).close()
        _ = try scratch.run(["qemu-io", "-f", "qcow2", "-c", "write 0 64k", "-c", "abort", "image"])

        let image = try scratch.image("image")
        #expect(image.bitmap("changes")?.isInconsistent == true)
        try image.write([1], at: 0)
        try image.close()
        #expect(try scratch.image("image").bitmap("changes")?.isInconsistent == true)
        try scratch.checkClean("image")
    }

    @Test("a larger or smaller disk keeps what was recorded", arguments: [512, 65536] as [UInt64])
    func resized(_ clusterSize: UInt64) throws {
        let scratch = try Scratch()
        let image = try Self.create(scratch, clusterSize: clusterSize, granularity: 512)
        try image.write([1], at: Self.size - 1)
        try image.write([1], at: 0)
        try image.resize(to: 64 << 20)
        try image.close()
        try scratch.checkClean("image", "larger")
        #expect(try scratch.dirtyRanges("image", "changes") == [0..<512, Self.size - 512..<Self.size])

        try image.resize(to: 1 << 20)
        try image.close()
        try scratch.checkClean("image", "smaller")
        #expect(try scratch.dirtyRanges("image", "changes") == [0..<512])
    }

    @Test("bitmaps of a disk that became larger beside QEMU's are the same")
    func resizedByQEMU() throws {
        let scratch = try Scratch()
        for name in ["theirs", "image"] {
            try scratch.tool("qemu-img", "create", "-q", "-f", "qcow2", name, "8M")
            try scratch.tool("qemu-img", "bitmap", "-f", "qcow2", "--add", "-g", "512", name, "changes")
            try scratch.tool("qemu-io", "-f", "qcow2", "-c", "write -q \(Self.size - 1000) 1000", name)
        }
        try scratch.tool("qemu-img", "resize", "-q", "-f", "qcow2", "theirs", "1G")
        let image = try scratch.image("image")
        try image.resize(to: 1 << 30)
        try image.close()
        try scratch.checkClean("image")
        #expect(try scratch.dirtyRanges("image", "changes") == scratch.dirtyRanges("theirs", "changes"))
    }

    @Test("bitmaps that another program did not keep up are dropped at the first change")
    func stale() throws {
        let scratch = try Scratch()
        try Self.create(scratch).close()
        try scratch.node("image").write([0], at: 95)

        let image = try scratch.image("image")
        #expect(image.bitmaps.isEmpty && image.hasStaleBitmaps)
        #expect(try image.check().leaks > 0)
        try image.write([1], at: 0)
        try image.close()
        #expect(try !scratch.image("image").hasStaleBitmaps)
        try scratch.tool("qemu-img", "check", "-q", "-r", "leaks", "image")
        try scratch.checkClean("image")
    }

    @Test("snapshots are taken and ended beside bitmaps, and not gone back to")
    func snapshots() throws {
        let scratch = try Scratch()
        let image = try Self.create(scratch)
        try image.write([1], at: 0)
        try image.createSnapshot(name: "one", seconds: 1)
        try image.write([2], at: 0)
        #expect(throws: BlockError.self) { try image.applySnapshot("one") }
        try image.close()
        try scratch.checkClean("image", "with a snapshot")
        try image.deleteSnapshot("one")
        try image.close()
        try scratch.checkClean("image", "without")
        #expect(try scratch.dirtyRanges("image", "changes") == [0..<4096])
    }

    @Test("a new backing name leaves them alone, and a long one makes room for them")
    func names() throws {
        let scratch = try Scratch()
        try scratch.tool("qemu-img", "create", "-q", "-f", "raw", "base", "8M")
        try scratch.tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", "base", "-F", "raw", "image")
        let image = try scratch.image("image", backing: try scratch.node("base", isReadOnly: true))
        try image.addBitmap("changes", granularity: 4096, isEnabled: true)
        try image.close()
        #expect(try scratch.json("qemu-img", "info", "--output=json", "image")["backing-filename"] as? String == "base")
        try image.setBacking(name: String(repeating: "b", count: 900), format: "raw")
        try image.write([1], at: 5000)
        try image.close()
        let again = try scratch.image("image")
        #expect(again.header.backingFileName?.utf8.count == 900)
        #expect(try Self.ours(again.bitmapContents("changes")) == [4096..<8192])
    }

    @Test("hundreds are kept, and names and granularities that cannot be are refused")
    func bounds() throws {
        let scratch = try Scratch()
        let image = try Self.create(scratch)
        for (name, granularity) in [
            ("", 512), (String(repeating: "x", count: 1024), 512), ("y", 256), ("y", 1 << 32),
            ("y", 768), ("changes", 512),
        ] as [(String, UInt64)] {
            #expect(throws: BlockError.self) { try image.addBitmap(name, granularity: granularity, isEnabled: true) }
        }
        for number in 0..<300 { try image.addBitmap("bitmap \(number)", granularity: 1 << 31, isEnabled: true) }
        try image.writeZeroes(0..<Self.size, mayUnmap: true)
        try image.close()
        try scratch.checkClean("image")
        let again = try scratch.image("image")
        #expect(again.bitmaps.count == 301)
        #expect(try again.bitmapContents("changes").dirtyByteCount == Self.size)
        for number in 0..<299 where number % 3 > 0 { try again.removeBitmap("bitmap \(number)") }
        try again.close()
        try scratch.checkClean("image", "fewer")
    }
}
