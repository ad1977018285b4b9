// SPDX-License-Identifier: Apache-2.0
import CMachine
import DiskImage
import Host
import Testing

@Suite("Raw image")
struct RawImageTests {
    private static func file(byteCount: Int) throws -> Descriptor {
        let file = try Descriptor(path: "/tmp", flags: O_RDWR | O_TMPFILE)
        try #require(ftruncate(file.borrowed, off_t(byteCount)) == 0)
        return file
    }

    @Test("a file of whole sectors is a disk")
    func geometry() throws {
        let image = try RawImage(owning: try Self.file(byteCount: 3 * 512), isReadOnly: true)

        let (byteCount, isReadOnly) = (image.byteCount, image.isReadOnly)
        let blockSizes = [image.logicalBlockSize, image.physicalBlockSize]
        #expect(byteCount == 1536)
        #expect(isReadOnly)
        #expect(blockSizes == [512, 4096])
    }

    @Test(
        "a file without a sector, or with a part of one, is not",
        arguments: [
            (0, RawImageError.tooSmall(byteCount: 0)), (511, .tooSmall(byteCount: 511)),
            (513, .notWholeSectors(byteCount: 513)),
        ] as [(Int, RawImageError)])
    func refused(_ byteCount: Int, _ expected: RawImageError) {
        #expect(throws: expected) { _ = try RawImage(owning: try Self.file(byteCount: byteCount), isReadOnly: false) }
    }

    @Test("a directory or a character device is not", arguments: ["/tmp", "/dev/null"])
    func kind(_ path: String) {
        #expect(throws: RawImageError.notADisk) {
            _ = try RawImage(owning: try Descriptor(path: path, flags: O_RDONLY), isReadOnly: true)
        }
    }
}
