// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("AML")
struct AMLTests {
    /// A value and its encoding by the specification.
    struct Encoding: CustomTestStringConvertible {
        let testDescription: String
        let value: AMLValue
        let bytes: [UInt8]
    }

    static let encodings: [Encoding] = [
        Encoding(testDescription: "zero", value: .integer(0), bytes: [0x00]),
        Encoding(testDescription: "one", value: .integer(1), bytes: [0x01]),
        Encoding(testDescription: "a byte", value: .integer(0xff), bytes: [0x0a, 0xff]),
        Encoding(testDescription: "a word", value: .integer(0x100), bytes: [0x0b, 0x00, 0x01]),
        Encoding(testDescription: "a double word", value: .integer(0x1_0000), bytes: [0x0c, 0, 0, 1, 0]),
        Encoding(
            testDescription: "a quadruple word", value: .integer(0x1_0000_0000), bytes: [0x0e, 0, 0, 0, 0, 1, 0, 0, 0]),
        Encoding(testDescription: "a string", value: .string("AB"), bytes: [0x0d, 0x41, 0x42, 0]),
        Encoding(
            testDescription: "an EISA number", value: .eisaIdentifier("PNP0A03"),
            bytes: [0x0c, 0x41, 0xd0, 0x0a, 0x03]),
        Encoding(
            testDescription: "a package", value: .package([.integer(0), .integer(5)]),
            bytes: [0x12, 0x05, 0x02, 0x00, 0x0a, 0x05]),
        Encoding(
            testDescription: "ports and an interrupt",
            value: .resources([.ports(start: 0x3f8, count: 8), .interrupt(4)]),
            bytes: [
                0x11, 0x10, 0x0a, 0x0d, 0x47, 0x01, 0xf8, 0x03, 0xf8, 0x03, 0x01, 0x08, 0x22, 0x10, 0x00, 0x79, 0x00,
            ]),
        Encoding(
            testDescription: "buses", value: .resources([.buses(0...255)]),
            bytes: [
                0x11, 0x15, 0x0a, 0x12, 0x88, 0x0d, 0x00, 0x02, 0x0c, 0x00, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 1, 0x79, 0,
            ]),
        Encoding(
            testDescription: "memory",
            value: .resources([.memory(AddressRange(start: 0xb000_0000, byteCount: 0x1000_0000))]),
            bytes: [0x11, 0x11, 0x0a, 0x0e, 0x86, 9, 0, 1, 0, 0, 0, 0xb0, 0, 0, 0, 0x10, 0x79, 0]),
    ]

    @Test("values are encoded as the specification says", arguments: encodings)
    func values(_ encoding: Encoding) {
        #expect(encoding.value.bytes == encoding.bytes)
    }

    @Test("names, devices and scopes are encoded as the specification says")
    func terms() {
        let device = AMLTerm.device("RTC", [.name("_UID", .integer(1))])

        #expect(device.bytes == [0x5b, 0x82, 0x0b] + Array("RTC_".utf8) + [0x08] + Array("_UID".utf8) + [0x01])
        #expect(AMLTerm.scope("_SB", []).bytes == [0x10, 0x06, 0x5c] + Array("_SB_".utf8))
    }

    @Test("a length counts itself, in as few bytes as it can, up to the largest of each size")
    func lengths() {
        for count in [0, 1, 61, 62, 63, 64, 4092, 4093, 4094, 4095, 1_048_571, 1_048_572, 1_048_573, 1_100_000] {
            let bytes = AMLLength.prefixed([UInt8](repeating: 0xaa, count: count))
            let extra = Int(bytes[0] >> 6)
            var length = extra == 0 ? Int(bytes[0] & 0x3f) : Int(bytes[0] & 0xf)
            for index in 0..<extra { length |= Int(bytes[1 + index]) << (4 + 8 * index) }

            #expect(length == bytes.count, "\(count)")
            #expect(bytes.count == count + 1 + extra)
            #expect(extra == (count <= 62 ? 0 : count <= 4093 ? 1 : count <= 1_048_572 ? 2 : 3), "\(count)")
        }
    }
}
