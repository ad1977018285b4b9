// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import GuestKit

@Suite("Setup header")
struct SetupHeaderTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let image: [UInt8]
        let expected: Result<SetupHeader.Compression, SetupHeaderError>
    }

    /// A bzImage of one setup sector and a payload of 32 bytes.
    static func image(
        magic: [UInt8], version: UInt8 = 0x0f, offset: UInt8 = 16, byteCount: UInt8 = 32, signature: String = "HdrS"
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1024 + 16 + 32)
        bytes[0x1f1] = 1
        bytes.replaceSubrange(0x202..<0x206, with: Array(signature.utf8))
        bytes[0x206] = version
        bytes[0x207] = 2
        bytes[0x248] = offset
        bytes[0x24c] = byteCount
        bytes.replaceSubrange(1040..<1040 + magic.count, with: magic)
        bytes[1071] = 0
        bytes[1069] = 2
        return bytes
    }

    static let xz: [UInt8] = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]

    static let cases = [
        Case(testDescription: "xz", image: image(magic: xz), expected: .success(.xz)),
        Case(testDescription: "lz4 legacy", image: image(magic: [2, 0x21, 0x4c, 0x18]), expected: .success(.lz4)),
        Case(testDescription: "zstd", image: image(magic: [0x28, 0xb5, 0x2f, 0xfd]), expected: .success(.zstd)),
        Case(testDescription: "gzip", image: image(magic: [0x1f, 0x8b]), expected: .success(.gzip)),
        Case(
            testDescription: "an unknown compression is refused", image: image(magic: [9, 9]),
            expected: .failure(.unknownCompression([9, 9, 0, 0, 0, 0]))),
        Case(
            testDescription: "a file that ends in its header is refused", image: [UInt8](repeating: 0, count: 512),
            expected: .failure(.truncated(byteCount: 512))),
        Case(
            testDescription: "a file without the signature is refused", image: image(magic: xz, signature: "Hdr?"),
            expected: .failure(.noMagic)),
        Case(
            testDescription: "a protocol before 2.8 is refused", image: image(magic: xz, version: 7),
            expected: .failure(.oldProtocol(0x207))),
        Case(
            testDescription: "a payload that leaves the file is refused", image: image(magic: xz, byteCount: 33),
            expected: .failure(.payloadOutside(offset: 1040, byteCount: 33, fileByteCount: 1072))),
        Case(
            testDescription: "a payload too short for its length is refused", image: image(magic: xz, byteCount: 3),
            expected: .failure(.payloadOutside(offset: 1040, byteCount: 3, fileByteCount: 1072))),
    ]

    @Test("reading", arguments: cases)
    func reads(_ example: Case) {
        let read = Result { () throws(SetupHeaderError) in try SetupHeader(image: example.image) }

        #expect(read.map(\.compression) == example.expected)
    }

    @Test("the payload excludes the length that the build appends")
    func locatesPayload() throws {
        let header = try SetupHeader(image: Self.image(magic: Self.xz))

        #expect(header.payload == 1040..<1068)
        #expect(header.unpackedByteCount == 512)
    }

    @Test("no truncation or damaged byte of a header traps")
    func survivesDamage() {
        let whole = Self.image(magic: Self.xz)

        for count in stride(from: 0, through: whole.count, by: 7) {
            _ = try? SetupHeader(image: Array(whole.prefix(count)))
        }
        for index in 0x1f1..<0x250 {
            var damaged = whole
            damaged[index] = 0xff
            _ = try? SetupHeader(image: damaged)
        }
    }
}
