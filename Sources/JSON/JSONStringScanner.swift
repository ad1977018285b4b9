// SPDX-License-Identifier: Apache-2.0

/// Takes a string by the grammar of RFC 8259 §7, from behind its first quotation mark to its last.
struct JSONStringScanner {
    /// A buffer up to this size is kept for the next string; one large string must not cost memory for good.
    private static let keptByteCount = 4096

    private enum State: Equatable {
        case plain
        /// Inside of a scalar of several bytes; the next has to be in this range (Unicode 15, table 3-7).
        case continuation(left: Int, range: ClosedRange<UInt8>)
        case backslash
        /// Inside of `\uXXXX`.
        case digits(left: Int, unit: UInt32)
        /// Behind the first half of a surrogate pair.
        case needsBackslash
        case needsU
    }

    private var state = State.plain
    private var bytes: [UInt8] = []
    /// The first half of a surrogate pair whose second has not come.
    private var highSurrogate: UInt32?

    var isAfterBackslash: Bool {
        state == .backslash || state == .needsU
    }

    mutating func begin() {
        state = .plain
        highSurrogate = nil
        if bytes.capacity > Self.keptByteCount {
            bytes = []
        } else {
            bytes.removeAll(keepingCapacity: true)
        }
    }

    /// Takes one byte.
    ///
    /// - Returns: The text, when the byte is the closing quotation mark.
    mutating func take(_ byte: UInt8) throws(JSONError.Reason) -> String? {
        switch state {
        case .plain: return try plain(byte)
        case .continuation(let left, let range):
            guard range.contains(byte) else { throw .invalidUTF8 }
            bytes.append(byte)
            state = left == 1 ? .plain : .continuation(left: left - 1, range: 0x80...0xBF)
        case .backslash: try escape(byte)
        case .digits(let left, let unit): try digit(byte, left: left, unit: unit)
        case .needsBackslash:
            guard byte == UInt8(ascii: "\\") else { throw .loneSurrogate }
            state = .needsU
        case .needsU:
            guard byte == UInt8(ascii: "u") else { throw .loneSurrogate }
            state = .digits(left: 4, unit: 0)
        }
        return nil
    }

    private mutating func plain(_ byte: UInt8) throws(JSONError.Reason) -> String? {
        switch byte {
        case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
        case UInt8(ascii: "\\"):
            state = .backslash
            return nil
        case 0x00..<0x20: throw .controlCharacter(byte)
        case 0x20..<0x80: break
        case 0xC2...0xDF: state = .continuation(left: 1, range: 0x80...0xBF)
        case 0xE0: state = .continuation(left: 2, range: 0xA0...0xBF)
        case 0xED: state = .continuation(left: 2, range: 0x80...0x9F)
        case 0xE1...0xEF: state = .continuation(left: 2, range: 0x80...0xBF)
        case 0xF0: state = .continuation(left: 3, range: 0x90...0xBF)
        case 0xF1...0xF3: state = .continuation(left: 3, range: 0x80...0xBF)
        case 0xF4: state = .continuation(left: 3, range: 0x80...0x8F)
        default: throw .invalidUTF8
        }
        bytes.append(byte)
        return nil
    }

    private mutating func escape(_ byte: UInt8) throws(JSONError.Reason) {
        state = .plain
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"): state = .digits(left: 4, unit: 0)
        default: throw .unexpected(byte: byte, expected: "an escape")
        }
    }

    private mutating func digit(_ byte: UInt8, left: Int, unit: UInt32) throws(JSONError.Reason) {
        let value: UInt32
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): value = UInt32(byte - UInt8(ascii: "A")) + 10
        default: throw .unexpected(byte: byte, expected: "a hexadecimal digit")
        }
        state = .digits(left: left - 1, unit: unit << 4 | value)
        if left == 1 { try end(unit << 4 | value) }
    }

    private mutating func end(_ unit: UInt32) throws(JSONError.Reason) {
        switch (highSurrogate, unit) {
        case (nil, 0xD800...0xDBFF):
            highSurrogate = unit
            state = .needsBackslash
        case (let high?, 0xDC00...0xDFFF):
            highSurrogate = nil
            try append(0x10000 + (high - 0xD800) << 10 + (unit - 0xDC00))
        case (nil, _): try append(unit)
        case (_?, _): throw .loneSurrogate
        }
    }

    private mutating func append(_ value: UInt32) throws(JSONError.Reason) {
        guard let scalar = Unicode.Scalar(value) else { throw .loneSurrogate }
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        state = .plain
    }
}
