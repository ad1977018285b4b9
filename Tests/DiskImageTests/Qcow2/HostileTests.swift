// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Host
import Testing

@Suite("Qcow2 images that are damaged or hostile")
struct HostileTests {
    /// A change to the bytes of a good image, and what must be said.
    struct Damage: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var offset: UInt64
        var bytes: [UInt8]
        var sentence: String

        init(_ name: String, _ offset: UInt64, _ bytes: [UInt8], _ sentence: String) {
            (testDescription, self.offset, self.bytes, self.sentence) = (name, offset, bytes, sentence)
        }

        static let all = [
            Damage("magic", 0, [0], "does not begin as a qcow2 image"),
            Damage("version", 7, [4], "version 4"),
            Damage("clusters too small", 23, [8], "1 << 8 bytes"),
            Damage("clusters too large", 23, [22], "1 << 22 bytes"),
            Damage("an endless disk", 24, [0x80], "cannot map"),
            Damage("AES", 35, [1], "AES"),
            Damage("LUKS", 35, [2], "LUKS"),
            Damage("a huge L1 table", 36, [0x7F], "at most 32 MiB"),
            Damage("an L1 table that is not aligned", 47, [1], "not aligned"),
            Damage(
                "an L1 table over the refcount table", 40, [0, 0, 0, 0, 0, 1, 0, 0], "lies over the refcount table"),
            Damage("an L1 table outside", 40, [0x40], "after the end of the file"),
            Damage("an L1 table at the end", 40, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], "end of the file"),
            Damage("a huge refcount table", 56, [1], "at most 8 MiB"),
            Damage("no refcount table", 59, [0], "no refcount table"),
            Damage("a refcount table over the header", 48, [0, 0, 0, 0, 0, 0, 0, 0], "lies over the header"),
            Damage("too many snapshots", 60, [1], "at most 65536"),
            Damage("snapshots outside", 60, [0, 0, 0, 1, 0x40], "after the end of the file"),
            Damage("an unknown feature", 72, [0x80], "incompatible feature bit 63"),
            Damage("wide refcounts", 99, [7], "1 << 7 bits"),
            Damage("a short header", 103, [96], "96 bytes"),
            Damage("a long header", 101, [1], "bytes"),
            Damage("an unknown compression", 104, [9], "way 9"),
            Damage("zstd without its bit", 104, [1], "feature bit"),
            Damage("a header extension that has no end", 116, [0x7F], "reaches over the end"),
            Damage("a long backing name", 14, [1, 0, 0, 0, 4, 0], "at most 1023"),
            Damage("a backing name outside", 8, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5], "not in the first cluster"),
        ]
    }

    private static func good(_ scratch: Scratch) throws {
        let image = try scratch.create("image", Qcow2CreateOptions(byteCount: 1 << 20))
        try image.write([UInt8](repeating: 1, count: 200_000), at: 0)
        try image.close()
    }

    @Test("a damaged header gets its sentence, and the file is left alone", arguments: Damage.all)
    func header(_ damage: Damage) throws {
        let scratch = try Scratch()
        try Self.good(scratch)
        let node = try scratch.node("image")
        try node.write(damage.bytes, at: damage.offset)
        let before = try node.bytes(at: 0, count: Int(node.byteCount))
        do {
            _ = try scratch.image("image")
            Issue.record("the image was opened")
        } catch let error as BlockError {
            #expect("\(error)".contains(damage.sentence), "\(error)")
        }
        #expect(try scratch.node("image").bytes(at: 0, count: before.count) == before)
    }

    @Test("an unknown feature is told by the image's own name for it")
    func featureName() throws {
        let scratch = try Scratch()
        try Self.good(scratch)
        let node = try scratch.node("image")
        // The first entry of the table of names becomes that of bit 40.
        try node.write([0, 40] + Array("time travel".utf8) + [0], at: 112 + 8)
        try node.write([0, 0, 1], at: 72)
        do {
            _ = try scratch.image("image")
            Issue.record("the image was opened")
        } catch let error as BlockError {
            #expect("\(error)".contains("time travel (bit 40)"), "\(error)")
        }
    }

    @Test("a file of any length that ends too early is refused or read, and never a trap", arguments: 0..<40)
    func truncated(_ step: Int) throws {
        let scratch = try Scratch()
        try Self.good(scratch)
        let node = try scratch.node("image")
        try node.resize(to: UInt64(step * step * 300 + step))
        do {
            let image = try scratch.image("image", isReadOnly: true)
            _ = try image.check()
            _ = try image.bytes(at: 0, count: 1 << 20)
        } catch let error as BlockError {
            #expect(!"\(error)".isEmpty)
        }
    }

    @Test("tables that lead to the header, to themselves or nowhere get a sentence when they are used")
    func tables() throws {
        // Where the first entry of the L2 table is, by the L1 table's.
        for (value, sentence) in [
            (UInt64(0x8000_0000_0000_0200), "not aligned"), (0x8000_0040_0000_0000, "not in the file"),
        ] {
            let scratch = try Scratch()
            try Self.good(scratch)
            let node = try scratch.node("image")
            let table = try Self.firstTable(node)
            try node.write(Self.number(value), at: table)
            let image = try scratch.image("image")
            do {
                _ = try image.bytes(at: 0, count: 1)
                Issue.record("the cluster was read")
            } catch {
                #expect("\(error)".contains(sentence), "\(error)")
            }
            #expect(try Qcow2Header(readingFrom: node).features.incompatible.contains(.corrupt))
            #expect(throws: BlockError.self) { _ = try scratch.image("image") }
        }
    }

    @Test("the guest's data are not written over metadata, and the image is marked")
    func overlap() throws {
        for target in [0, 65536, 131072] as [UInt64] {
            let scratch = try Scratch()
            try Self.good(scratch)
            let node = try scratch.node("image")
            let table = try Self.firstTable(node)
            try node.write(Self.number((target == 0 ? table : target) | 1 << 63), at: table)
            let image = try scratch.image("image")
            #expect(throws: BlockError.self) { try image.write([1], at: 0) }
            #expect(throws: BlockError.self) { try image.write([1], at: 100_000) }
            #expect(try Qcow2Header(readingFrom: node).features.incompatible.contains(.corrupt))
        }
    }

    private static func firstTable(_ node: FileNode) throws -> UInt64 {
        let header = try Qcow2Header(readingFrom: node)
        let bytes = try node.bytes(at: header.directoryOffset, count: 8)
        return bytes.reduce(0) { $0 << 8 | UInt64($1) } & 0x00FF_FFFF_FFFF_FE00
    }

    private static func number(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - $0 * 8)) }
    }
}
