// SPDX-License-Identifier: Apache-2.0

/// Takes JSON apart into tokens, byte by byte.
///
/// Strings and numbers are checked as they come, so that a mistake shows at its own byte. The caller bounds how
/// many bytes a token may have.
struct JSONLexer {
    /// What a run of bytes means.
    enum Token: Equatable {
        /// One of `[ ] { } : ,`.
        case structure(UInt8)
        /// A string, without its quotation marks and escapes.
        case string(String)
        /// A number or a literal.
        case scalar(JSONValue)
    }

    /// What a byte did.
    enum Outcome: Equatable {
        /// The byte was taken; no token is complete.
        case taken
        /// The byte was taken and ends a token.
        case token(Token)
        /// The token is complete without the byte, which has to be given again.
        case tokenBefore(Token)
    }

    private enum State: Equatable {
        case between
        case string
        case number
        case literal(JSONLiteral)
    }

    private var state = State.between
    private var string = JSONStringScanner()
    private var number = JSONNumberScanner()
    private var matched = 0

    /// Whether no token has been begun.
    var isBetweenTokens: Bool { state == .between }
    /// Whether the bytes are those of a string.
    var isInString: Bool { state == .string }
    /// Whether the last byte was a backslash inside a string.
    var isAfterBackslash: Bool { state == .string && string.isAfterBackslash }

    /// Forgets the token that has been begun.
    mutating func reset() {
        state = .between
    }

    /// Takes one byte, or leaves it where the token ended before it.
    mutating func take(_ byte: UInt8) throws(JSONError.Reason) -> Outcome {
        switch state {
        case .between: return try begin(byte)
        case .string:
            guard let text = try string.take(byte) else { return .taken }
            state = .between
            return .token(.string(text))
        case .number:
            if try number.take(byte) { return .taken }
            return .tokenBefore(try endNumber())
        case .literal(let literal): return try match(byte, literal)
        }
    }

    /// Ends a number that nothing follows; `nil` when there is none.
    mutating func finish() throws(JSONError.Reason) -> Token? {
        switch state {
        case .between: return nil
        case .number:
            guard number.mayEnd else { throw .unexpectedEnd }
            return try endNumber()
        case .string, .literal: throw .unexpectedEnd
        }
    }

    private mutating func begin(_ byte: UInt8) throws(JSONError.Reason) -> Outcome {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: return .taken
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ":"),
            UInt8(ascii: ","):
            return .token(.structure(byte))
        case UInt8(ascii: "\""):
            string.begin()
            state = .string
            return .taken
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            number.begin(byte)
            state = .number
            return .taken
        default:
            guard let literal = JSONLiteral(firstByte: byte) else { throw .unexpected(byte: byte, expected: "a value") }
            matched = 1
            state = .literal(literal)
            return .taken
        }
    }

    private mutating func match(_ byte: UInt8, _ literal: JSONLiteral) throws(JSONError.Reason) -> Outcome {
        guard literal.bytes[matched] == byte else { throw .unexpected(byte: byte, expected: "'\(literal.rawValue)'") }
        matched += 1
        guard matched == literal.bytes.count else { return .taken }
        state = .between
        return .token(.scalar(literal.value))
    }

    private mutating func endNumber() throws(JSONError.Reason) -> Token {
        state = .between
        return .scalar(try number.value())
    }
}
