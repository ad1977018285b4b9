// SPDX-License-Identifier: Apache-2.0

/// Why bytes are not JSON, and where.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: Error, Equatable, Sendable {
        /// Something else has to come here; `expected` says what, as a noun.
        case unexpected(byte: UInt8, expected: String)
        /// The bytes end inside a value, or before any.
        case unexpectedEnd
        /// The bytes of a string are not UTF-8.
        case invalidUTF8
        /// Half of a surrogate pair without the other.
        case loneSurrogate
        /// A control character in a string that is not written as an escape.
        case controlCharacter(UInt8)
        /// A number that a double does not hold.
        case numberOutOfRange
        /// An object in which a key comes twice.
        case duplicateKey(String)
        /// More levels of arrays and objects than allowed.
        case tooDeep(limit: Int)
        /// A value of more bytes than allowed.
        case tooLarge(limit: Int)
        /// A second value where one was to be all.
        case trailingBytes
    }

    /// What is wrong.
    package let reason: Reason
    /// Number of bytes before the one at which the mistake shows, counted from the first that the parser was given.
    package let offset: Int

    /// Makes an error at `offset`.
    package init(_ reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// The mistake in one line, without a full stop.
    package var description: String {
        "byte \(offset): \(explanation)"
    }

    private var explanation: String {
        switch reason {
        case .unexpected(let byte, let expected): "found \(Self.shown(byte)) where \(expected) has to come"
        case .unexpectedEnd: "the text ends too early"
        case .invalidUTF8: "the bytes are not UTF-8"
        case .loneSurrogate: "half of a surrogate pair stands alone"
        case .controlCharacter(let byte): "the string contains \(Self.shown(byte)); write it as an escape"
        case .numberOutOfRange: "the number is too large"
        case .duplicateKey(let key): "the key '\(key)' comes twice in one object"
        case .tooDeep(let limit): "arrays and objects nest deeper than \(limit) levels"
        case .tooLarge(let limit): "the value has more than \(limit) bytes"
        case .trailingBytes: "more text follows the value"
        }
    }

    private static func shown(_ byte: UInt8) -> String {
        if (0x21...0x7E).contains(byte) { return "'\(Character(Unicode.Scalar(byte)))'" }
        let digits = String(byte, radix: 16)
        return "byte 0x\(digits.utf8.count == 1 ? "0" : "")\(digits)"
    }
}
