// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Host
import Testing

@Suite("Qcow2 images that QEMU made")
struct ReadingTests {
    /// A raw disk with text, zeros and noise, and where each is.
    private static func contents(_ scratch: Scratch, byteCount: Int = 3 << 20) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        for index in 0..<(1 << 20) { bytes[index] = UInt8(truncatingIfNeeded: index / 1000) }
        var state: UInt32 = 1
        for index in (2 << 20)..<(2 << 20 | 200_000) {
            state = state &* 1_664_525 &+ 1_013_904_223
            bytes[index] = UInt8(truncatingIfNeeded: state >> 24)
        }
        let node = try scratch.node("raw", isNew: true)
        try node.resize(to: UInt64(byteCount))
        try node.write(bytes, at: 0)
        return bytes
    }

    @Test(
        "converted, compressed or not, they read as the disk that they were made of",
        arguments: [
            "compat=0.10", "compat=1.1", "cluster_size=512", "cluster_size=2M", "compression_type=zstd",
            "extended_l2=on,cluster_size=16k", "refcount_bits=1",
        ], [false, true])
    func converted(_ options: String, _ isCompressed: Bool) throws {
        let scratch = try Scratch()
        let bytes = try Self.contents(scratch)
        _ = try scratch.run(
            ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-o", options] + (isCompressed ? ["-c"] : [])
                + ["raw", "image"])
        let image = try scratch.image("image", isReadOnly: true)
        #expect(try image.bytes(at: 0, count: bytes.count) == bytes)
        let report = try image.check()
        #expect(report.isClean, "\(report.messages)")
        let theirs = try scratch.json("qemu-img", "check", "--output=json", "image")
        #expect(theirs["image-end-offset"] as? UInt64 == report.imageEndOffset)
        #expect(theirs["total-clusters"] as? UInt64 == report.totalClusters)
        #expect(theirs["allocated-clusters"] as? UInt64 ?? 0 == report.allocatedClusters)
        #expect(theirs["compressed-clusters"] as? UInt64 ?? 0 == report.compressedClusters)
        #expect(theirs["fragmented-clusters"] as? UInt64 ?? 0 == report.fragmentedClusters)
    }

    @Test("clusters that we compress are read by QEMU", arguments: [Qcow2Header.Compression.zlib, .zstd], [2, 3])
    func compressing(_ compression: Qcow2Header.Compression, _ version: UInt32) throws {
        guard version == 3 || compression == .zlib else { return }
        let scratch = try Scratch()
        let bytes = try Self.contents(scratch)
        var options = Qcow2CreateOptions(byteCount: UInt64(bytes.count))
        (options.compression, options.version) = (compression, version)
        let image = try scratch.create("image", options)
        for start in stride(from: 0, to: bytes.count, by: 65536) {
            try image.writeCompressed(Array(bytes[start..<start + 65536]), at: UInt64(start))
        }
        try image.write([1, 2, 3], at: 70000)
        try image.write([UInt8](bytes[70000..<70003]), at: 70000)
        try image.close()
        try scratch.checkClean("image")
        let answer = try scratch.run(["qemu-img", "compare", "-f", "raw", "-F", "qcow2", "raw", "image"])
        #expect(answer.status == 0, "\(answer.output)")
    }

    @Test("a chain of images shows what each has, and zeros behind the end of a shorter one")
    func chain() throws {
        let scratch = try Scratch()
        try scratch.tool("qemu-img", "create", "-q", "-f", "qcow2", "base", "1M")
        try scratch.tool("qemu-io", "-f", "qcow2", "-c", "write -q -P 1 0 1M", "base")
        try scratch.tool("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "base", "image", "2M")
        try scratch.tool("qemu-io", "-f", "qcow2", "-c", "write -q -P 2 64k 64k", "-c", "write -q -z 128k 64k", "image")
        let base = try scratch.image("base", isReadOnly: true)
        let image = try scratch.image("image", isReadOnly: true, backing: base)
        #expect(image.header.backingFileName == "base")
        #expect(image.header.backingFormat == "qcow2")
        let bytes = try image.bytes(at: 0, count: 2 << 20)
        #expect(bytes[0] == 1 && bytes[65535] == 1 && bytes[65536] == 2 && bytes[131072] == 0 && bytes[196608] == 1)
        #expect(bytes[(1 << 20) - 1] == 1 && bytes[1 << 20] == 0)
        let extents = try Self.extents(image)
        #expect(extents.map(\.range.lowerBound) == [0, 65536, 131072, 196608, 1 << 20])
        #expect(extents.map(\.depth) == [1, 0, 0, 1, 0])
        #expect(extents.map(\.isZero) == [false, false, true, false, true])
        #expect(extents.map(\.isPresent) == [true, true, true, true, false])
    }

    private static func extents(_ node: any BlockNode) throws -> [BlockExtent] {
        var result: [BlockExtent] = []
        var offset: UInt64 = 0
        while offset < node.byteCount {
            let extent = try node.extent(at: offset, limit: node.byteCount)
            result.append(extent)
            offset = extent.range.upperBound
        }
        return result
    }

    @Test("an image that is opened for reading is not written, dirty as it may be")
    func readOnly() throws {
        let scratch = try Scratch()
        try scratch.tool("qemu-img", "create", "-q", "-f", "qcow2", "-o", "lazy_refcounts=on", "image", "1M")
        let writer = try scratch.image("image")
        try writer.write([UInt8](repeating: 9, count: 100), at: 5)
        try writer.flush()
        let before = try scratch.node("image").bytes(at: 0, count: Int(try scratch.node("image").byteCount))
        let image = try scratch.image("image", isReadOnly: true)
        #expect(image.header.features.incompatible.contains(.dirty))
        #expect(try image.bytes(at: 5, count: 1) == [9])
        #expect(throws: BlockError.readOnly) { try image.write([1], at: 0) }
        #expect(try scratch.node("image").bytes(at: 0, count: before.count) == before)

        let again = try scratch.image("image")
        #expect(!again.header.features.incompatible.contains(.dirty))
        try again.close()
        try scratch.checkClean("image")
    }
}
