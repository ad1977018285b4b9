// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Testing

/// What no honest program writes into a vmdk image.
@Suite("Hostile vmdk images")
struct VmdkTests {
    private static let descriptor =
        "# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\n"
        + "createType=\"monolithicSparse\"\nRW 2048 SPARSE \"disk.vmdk\"\n"

    /// A sparse image of 1 MiB: a grain of 64 KiB with data, one of zeros, and nothing else.
    private static func image() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 512 * 256)
        bytes.replaceSubrange(0..<4, with: Array("KDMV".utf8))
        for (offset, value) in [
            (4, 1), (8, 7), (12, 2048), (20, 128), (28, 1), (36, 4), (44, 512), (48, 0), (56, 8),
        ] { put(&bytes, offset, UInt32(value)) }
        bytes.replaceSubrange(512..<512 + descriptor.utf8.count, with: Array(descriptor.utf8))
        put(&bytes, 8 * 512, 16)  // the directory's only entry
        put(&bytes, 16 * 512, 128)  // the first grain
        put(&bytes, 16 * 512 + 4, 1)  // the second: zeros
        for index in 128 * 512..<256 * 512 { bytes[index] = 0xAB }
        return bytes
    }

    private static func put(_ bytes: inout [UInt8], _ offset: Int, _ value: UInt32) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
    }

    private static func open(_ bytes: [UInt8], _ name: String = "disk.vmdk") throws -> VmdkNode {
        let scratch = try Scratch()
        let file = try scratch.node(name, isNew: true)
        try file.resize(to: UInt64(bytes.count))
        try file.write(bytes, at: 0)
        return try VmdkNode(sparse: file)
    }

    @Test("a sparse image has its grains, its zeros and nothing")
    func read() throws {
        let image = try Self.open(Self.image())

        #expect(image.byteCount == 1 << 20)
        #expect(try image.bytes(at: 65535, count: 2) == [0xAB, 0])
        #expect(try image.bytes(at: (1 << 20) - 1, count: 1) == [0])
        let extents = [UInt64(0), 65536, 131_072]
        let found = try extents.map { try image.extent(at: $0, limit: 1 << 20) }
        let data = BlockExtent(range: 0..<65536, isPresent: true, isZero: false, isData: true, fileOffset: 65536)
        #expect(found[0] == data)
        #expect(found[1] == BlockExtent(range: 65536..<131_072, isPresent: true, isZero: true, isData: false))
        #expect(found[2] == BlockExtent(range: 131_072..<1 << 20, isPresent: false, isZero: true, isData: false))
    }

    @Test(
        "a header that cannot be right is refused",
        arguments: [
            (0, 0), (4, 4), (4, 0), (8, 1 << 16 | 7), (12, 0), (16, 1 << 30), (20, 0), (20, 3), (24, 1), (32, 1 << 30),
            (36, 1 << 20), (44, 0), (44, 513), (56, 4096), (60, 1 << 30),
        ] as [(Int, UInt32)])
    func header(_ offset: Int, _ value: UInt32) {
        var bytes = Self.image()
        Self.put(&bytes, offset, value)

        #expect(throws: BlockError.self) { _ = try Self.open(bytes) }
    }

    @Test("a table or grain behind the file's end is damage where it is used", arguments: [8 * 512, 16 * 512])
    func tables(_ offset: Int) throws {
        var bytes = Self.image()
        Self.put(&bytes, offset, 0xFFFF_FFF0)
        let image = try Self.open(bytes)

        #expect(throws: BlockError.self) { try image.bytes(at: 0, count: 512) }
        #expect(throws: BlockError.outOfRange(1 << 20..<(1 << 20) + 1, byteCount: 1 << 20)) {
            try image.bytes(at: 1 << 20, count: 1)
        }
    }

    @Test("no file of any length makes more than a refusal")
    func truncated() throws {
        let bytes = Self.image()
        for count in stride(from: 0, to: bytes.count, by: 251) {
            do {
                let image = try Self.open(Array(bytes.prefix(count)))
                _ = try image.bytes(at: 0, count: 65536)
                Issue.record("\(count) bytes of the image are enough")
            } catch {
                #expect(error is BlockError)
            }
        }
    }

    @Test(
        "a descriptor names files of its own folder, and sizes that add up",
        arguments: [
            "RW 8 FLAT \"/etc/passwd\" 0", "RW 8 FLAT \"../disk\" 0", "RW 8 FLAT \"a/b\" 0", "RW 8 FLAT \"..\" 0",
            "RW 8 FLAT", "RW 0 ZERO", "RW 99999999999999999999 ZERO", "RW 18014398509481984 ZERO", "RW 8 MAGIC \"x\"",
            "NOACCESS 8 ZERO", "RW x ZERO", "RW 8 FLAT \"x\" 99999999999999999",
        ])
    func descriptorLines(_ line: String) {
        let text = "# Disk DescriptorFile\nversion=1\nCID=1\ncreateType=\"custom\"\n\(line)\n"

        #expect(throws: BlockError.self) { _ = try VmdkDescriptor(parsing: Array(text.utf8)) }
    }

    @Test(
        "an image without pieces, over a parent, or with a piece missing is refused",
        arguments: ["", "parentCID=1\nRW 8 ZERO", "RW 8 FLAT \"gone\" 0"])
    func pieces(_ lines: String) throws {
        let text = "# Disk DescriptorFile\nversion=1\nCID=1\ncreateType=\"custom\"\n\(lines)\n"
        let descriptor = try VmdkDescriptor(parsing: Array(text.utf8))

        #expect(throws: BlockError.self) { _ = try VmdkNode(descriptor, files: [:]) }
    }
}
