// SPDX-License-Identifier: Apache-2.0

/// A value in AML (ACPI 6.4 §20.2.3).
package indirect enum AMLValue {
    case integer(UInt64)
    /// ASCII text without a zero.
    case string(String)
    /// A device's number in EISA's compressed form: three capitals and four hexadecimal digits.
    case eisaIdentifier(String)
    case package([AMLValue])
    case resources([AMLResource])

    /// The value's encoding.
    package var bytes: [UInt8] {
        switch self {
        case .integer(let value): Self.encoded(value)
        case .string(let text): [0x0d] + Array(text.utf8) + [0]
        case .eisaIdentifier(let text): Self.encoded(eisa: text)
        case .package(let elements):
            [0x12] + AMLLength.prefixed([UInt8(elements.count)] + elements.flatMap(\.bytes))
        case .resources(let resources):
            Self.encoded(buffer: resources.flatMap(\.bytes) + [0x79, 0])  // the end tag, with no checksum
        }
    }

    private static func encoded(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        switch value {
        case 0, 1: bytes.append(UInt8(value))
        case ...0xff:
            bytes.append(0x0a)
            bytes.append(UInt8(value))
        case ...0xffff:
            bytes.append(0x0b)
            bytes.append(littleEndian: UInt16(value))
        case ...0xffff_ffff:
            bytes.append(0x0c)
            bytes.append(littleEndian: UInt32(value))
        default:
            bytes.append(0x0e)
            bytes.append(littleEndian: value)
        }
        return bytes
    }

    private static func encoded(buffer contents: [UInt8]) -> [UInt8] {
        [0x11] + AMLLength.prefixed(encoded(UInt64(contents.count)) + contents)
    }

    private static func encoded(eisa text: String) -> [UInt8] {
        let letters = Array(text.utf8)
        precondition(letters.count == 7, "an EISA number has seven characters")
        guard let digits = UInt32(String(decoding: letters[3...], as: UTF8.self), radix: 16) else {
            preconditionFailure("an EISA number ends in four hexadecimal digits")
        }
        let vendor = letters[..<3].reduce(UInt32(0)) { $0 << 5 | UInt32($1 & 0x1f) }
        // The number is big-endian, and AML's integers are not.
        var bytes: [UInt8] = [0x0c]
        bytes.append(littleEndian: (vendor << 16 | digits).byteSwapped)
        return bytes
    }
}
