// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Testing

@Suite("Bitmaps of qcow2 images that are damaged or hostile")
struct HostileBitmapTests {
    /// What a change of bytes counts its place from.
    enum Part: Sendable { case section, directory, table }

    struct Damage: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var part: Part
        var offset: UInt64
        var bytes: [UInt8]
        var sentence: String

        init(_ name: String, _ part: Part, _ offset: UInt64, _ bytes: [UInt8], _ sentence: String) {
            (testDescription, self.part, self.offset) = (name, part, offset)
            (self.bytes, self.sentence) = (bytes, sentence)
        }

        static let all = [
            Damage("a short extension", .section, 7, [16], "has 16 bytes, not 24"),
            Damage("no bitmaps", .section, 11, [0], "0 bitmaps, not 1 to 65535"),
            Damage("too many bitmaps", .section, 9, [1], "bitmaps, not 1 to 65535"),
            Damage("reserved bytes of the extension", .section, 12, [1], "reserved bytes"),
            Damage("a huge directory", .section, 19, [1], "at most 64 MiB"),
            Damage("a directory outside", .section, 24, [0x40], "directory cannot lie at"),
            Damage("a directory that is not aligned", .section, 31, [8], "directory cannot lie at"),
            Damage("a directory over the header", .section, 24, [0, 0, 0, 0, 0, 0, 0, 0], "directory cannot lie at 0"),
            Damage(
                "a directory over the refcount table", .section, 24, [0, 0, 0, 0, 0, 1, 0, 0],
                "has 0 bytes, not 1 to 1023"),
            Damage("more entries than said", .section, 11, [1], "does not end after 1 entries"),
            Damage("fewer entries than said", .section, 11, [3], "has 2 entries, and 3 were said"),
            Damage("a directory that ends within an entry", .section, 23, [40], "directory ends within an entry"),
            Damage("a table outside", .directory, 0, [0, 0x40], "a bitmap's table cannot lie at"),
            Damage("a table that is not aligned", .directory, 7, [1], "a bitmap's table cannot lie at"),
            Damage(
                "a table over the refcount table", .directory, 0, [0, 0, 0, 0, 0, 1, 0, 0], "lies over other metadata"),
            Damage("an empty table", .directory, 8, [0, 0, 0, 0], "0 entries"),
            Damage("a huge table", .directory, 8, [0x40], "entries, for 1 byte to 512 MiB of bits"),
            Damage("a table for another disk", .directory, 11, [2], "its disk needs 1"),
            Damage("unknown flags", .directory, 12, [1], "unknown flags"),
            Damage("an unknown kind", .directory, 16, [2], "kind 2"),
            Damage("a fine granularity", .directory, 17, [8], "1 << 8 bytes"),
            Damage("a coarse granularity", .directory, 17, [32], "1 << 32 bytes"),
            Damage("no name", .directory, 18, [0, 0], "has 0 bytes, not 1 to 1023"),
            Damage("a long name", .directory, 18, [4, 0], "reaches over the directory's end"),
            Damage("long extra data", .directory, 20, [0xFF, 0xFF, 0xFF, 0xFF], "reaches over the directory's end"),
            Damage("two of a name", .directory, 56, Array("first".utf8), "the same name"),
            Damage("reserved bits of a table", .table, 0, [0x80], "reserved bits"),
            Damage("a cluster that is set and stored", .table, 7, [1], "reserved bits"),
            Damage("a cluster outside", .table, 0, [0, 0x40], "cluster cannot lie at"),
            Damage("a cluster that is not aligned", .table, 6, [2], "cluster cannot lie at"),
            Damage(
                "a cluster over the refcount table", .table, 0, [0, 0, 0, 0, 0, 1, 0, 0], "lies over other metadata"),
        ]
    }

    private static let file = "image"

    /// An image with the bitmaps `first`, which records, and `other`.
    private static func good(_ scratch: Scratch) throws {
        let image = try scratch.create(file, Qcow2CreateOptions(byteCount: 1 << 20))
        try image.addBitmap("first", granularity: 65536, isEnabled: true)
        try image.addBitmap("other", granularity: 65536, isEnabled: false)
        try image.write([1], at: 0)
        try image.close()
    }

    private static func number(_ node: FileNode, at offset: UInt64) throws -> UInt64 {
        try node.bytes(at: offset, count: 8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func place(_ part: Part, _ node: FileNode) throws -> UInt64 {
        // The header of 112 bytes and the table of names, of eight entries, are before it.
        let section: UInt64 = 112 + 8 + 8 * 48
        if part == .section { return section }
        let directory = try number(node, at: section + 24)
        return part == .directory ? directory : try number(node, at: directory)
    }

    private static func damaged(_ damage: Damage, _ scratch: Scratch) throws {
        try good(scratch)
        let node = try scratch.node(file)
        try node.write(damage.bytes, at: try place(damage.part, node) + damage.offset)
    }

    @Test("damage gets its sentence with the offset, and the file is left alone", arguments: Damage.all)
    func sentences(_ damage: Damage) throws {
        let scratch = try Scratch()
        try Self.damaged(damage, scratch)
        let node = try scratch.node(Self.file)
        let before = try node.bytes(at: 0, count: Int(node.byteCount))
        do {
            _ = try scratch.image(Self.file)
            Issue.record("the image was opened")
        } catch let error as BlockError {
            #expect("\(error)".contains(damage.sentence), "\(error)")
            if case .corrupt = error {} else { Issue.record("no offset: \(error)") }
        }
        #expect(try scratch.node(Self.file).bytes(at: 0, count: before.count) == before)
    }

    @Test("a repair ends the bitmaps that are damaged, and keeps the disk", arguments: Damage.all)
    func repaired(_ damage: Damage) throws {
        let scratch = try Scratch()
        try Self.damaged(damage, scratch)

        let image = try scratch.image(Self.file, repairing: true)
        let report = try image.check(repair: .all)
        try image.close()

        #expect(report.isClean, "\(report.messages)")
        try scratch.checkClean(Self.file)
        let again = try scratch.image(Self.file)
        #expect(try again.bytes(at: 0, count: 2) == [1, 0])
        if damage.part == .table, !damage.testDescription.contains("over") {
            #expect(again.bitmaps.map(\.name) == ["other"])
        }
    }

    @Test("clusters that an entry says are all set are set, and stored as such")
    func allSet() throws {
        let scratch = try Scratch()
        try Self.good(scratch)
        let node = try scratch.node(Self.file)
        let table = try Self.place(.table, node)
        try node.write([0, 0, 0, 0, 0, 0, 0, 1], at: table)
        try scratch.tool("qemu-img", "check", "-q", "-r", "leaks", Self.file)

        let image = try scratch.image(Self.file)
        #expect(try image.bitmapContents("first").setBitCount == 16)
        try image.write([1], at: 0)
        try image.resize(to: 2 << 20)
        try image.close()
        try scratch.checkClean(Self.file)
        #expect(try scratch.image(Self.file).bitmapContents("first").setBitCount == 16)
    }

    @Test("extra data that nobody knows are kept, and decide whether a bitmap is used", arguments: [false, true])
    func extraData(_ isCompatible: Bool) throws {
        let scratch = try Scratch()
        try Self.good(scratch)
        let node = try scratch.node(Self.file)
        let section = try Self.place(.section, node), directory = try Self.place(.directory, node)
        // Of the first entry, 24 + 5 + 3 bytes, the name moves behind eight bytes of extra data; the other goes.
        try node.write([0, 0, 0, isCompatible ? 6 : 2], at: directory + 12)
        try node.write([0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8] + Array("first".utf8), at: directory + 20)
        try node.write([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40], at: section + 8)

        let image = try scratch.image(Self.file)
        #expect(image.bitmaps.map(\.name) == ["first"])
        #expect(image.bitmaps.first?.isUsable == isCompatible)
        try image.write([1], at: 1 << 19)
        try image.close()

        let again = try scratch.image(Self.file)
        #expect(again.bitmap("first")?.isInconsistent == !isCompatible)
        if isCompatible { #expect(try again.bitmapContents("first").contains(1 << 19)) }
        #expect(try node.bytes(at: directory + 24, count: 8) == [1, 2, 3, 4, 5, 6, 7, 8])
    }
}
