// SPDX-License-Identifier: Apache-2.0

/// The hardware address of a network card: 48 bits.
package struct MACAddress: Equatable, Sendable, CustomStringConvertible {
    /// The address as a number; the first byte on the wire is the highest of the low 48 bits.
    package let rawValue: UInt64

    /// Takes the low 48 bits of `rawValue`.
    package init(rawValue: UInt64) {
        self.rawValue = rawValue & 0xFFFF_FFFF_FFFF
    }

    /// Reads six pairs of hexadecimal digits, separated by colons throughout or by hyphens throughout.
    ///
    /// - Returns: `nil` for any other text.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 17, let separator = Self.separator(bytes[2]) else { return nil }

        var value: UInt64 = 0
        for (position, byte) in bytes.enumerated() {
            if position % 3 == 2 {
                guard byte == separator else { return nil }
            } else {
                guard let digit = Self.digit(byte) else { return nil }
                value = value << 4 | digit
            }
        }
        self.init(rawValue: value)
    }

    /// The address of the card at `index` of the machine `name`: locally administered, in 52:54:00:…, always the same
    /// for the same name and index, and different for each index of one machine.
    package init(machine name: String, index: Int) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let folded = hash ^ hash >> 24 ^ hash >> 48
        let suffix = (folded &+ UInt64(truncatingIfNeeded: index)) & 0xFF_FFFF
        self.init(rawValue: 0x5254_0000_0000 | suffix)
    }

    /// The six bytes, in the order of the wire.
    package var bytes: [UInt8] {
        (0..<6).map { UInt8(truncatingIfNeeded: rawValue >> UInt64(40 - 8 * $0)) }
    }

    /// Whether the address names one card and not a group, and is not all zeroes.
    package var isUnicast: Bool {
        rawValue != 0 && rawValue & 0x0100_0000_0000 == 0
    }

    /// Six pairs of lower-case hexadecimal digits with colons.
    package var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (position, byte) in bytes.enumerated() {
            if position > 0 { text.append(UInt8(ascii: ":")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func separator(_ byte: UInt8) -> UInt8? {
        byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-") ? byte : nil
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
