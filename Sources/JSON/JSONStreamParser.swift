// SPDX-License-Identifier: Apache-2.0

/// Finds the values of JSON in a stream of bytes that comes in any pieces.
///
/// Nothing needs to stand between two values; a number at the top ends with the first byte that is no part of it. The
/// parser follows RFC 8259 strictly, refuses an object in which a key comes twice, and is bounded: in nesting and in the
/// bytes of a value. It never looks at a byte twice.
///
/// After a mistake it skips what belongs to the broken value and goes on behind it: to the end of its outermost array
/// or object; for a word or number outside of those, to the next byte that can begin something else. A line feed
/// inside a string (which JSON does not allow) and the byte 0xFF (which is in no UTF-8 text) also end the skipping.
package struct JSONStreamParser: Sendable {
    /// The deepest nesting of arrays and objects.
    package static let maximumNesting = 64
    /// How many bytes a value may have unless the caller says otherwise: 1 MiB.
    package static let defaultMaximumByteCount = 1 << 20

    private let maximumByteCount: Int
    private var lexer = JSONLexer()
    private var builder = JSONBuilder()
    private var recovery: JSONRecovery?
    /// Bytes seen since the parser was made.
    private var offset = 0
    /// Bytes of the value that has been begun.
    private var valueByteCount = 0

    /// Makes a parser at the beginning of a stream.
    ///
    /// - Parameter maximumByteCount: How many bytes a value may have, at least 1.
    package init(maximumByteCount: Int = JSONStreamParser.defaultMaximumByteCount) {
        self.maximumByteCount = max(1, maximumByteCount)
    }

    /// Takes bytes off the front of `input` until a value is complete.
    ///
    /// - Returns: The value, or `nil` when `input` is used up before one is complete.
    /// - Throws: What is wrong; the bytes before it are taken. Calling again goes on behind the broken value.
    package mutating func next(_ input: inout ArraySlice<UInt8>) throws(JSONError) -> JSONValue? {
        while let byte = input.first {
            if var skipping = recovery {
                let step = skipping.skip(byte)
                recovery = step == .goOn ? skipping : nil
                if step == .doneBefore { continue }
                advance(&input)
                continue
            }
            let value = try take(byte, from: &input)
            if let value { return value }
        }
        return nil
    }

    /// Ends the stream.
    ///
    /// - Returns: A number that nothing followed, if there was one.
    /// - Throws: `unexpectedEnd` when the stream ends inside a value.
    package mutating func finish() throws(JSONError) -> JSONValue? {
        guard recovery == nil else { return nil }
        do throws(JSONError.Reason) {
            if let token = try lexer.finish(), let value = try builder.add(token) {
                valueByteCount = 0
                return value
            }
            guard valueByteCount == 0 else { throw .unexpectedEnd }
            return nil
        } catch {
            throw JSONError(error, offset: offset)
        }
    }

    private mutating func take(_ byte: UInt8, from input: inout ArraySlice<UInt8>) throws(JSONError) -> JSONValue? {
        let position = offset
        let place = JSONRecovery(
            depth: builder.depth, isInString: lexer.isInString, isAfterBackslash: lexer.isAfterBackslash)
        do throws(JSONError.Reason) {
            if lexer.isBetweenTokens { try builder.check(byte) }
            guard valueByteCount < maximumByteCount else { throw .tooLarge(limit: maximumByteCount) }
            guard let token = try takeToken(byte, &input), let value = try builder.add(token) else { return nil }
            valueByteCount = 0
            return value
        } catch {
            abandon(at: byte, place, isTaken: offset != position, &input)
            throw JSONError(error, offset: position)
        }
    }

    private mutating func takeToken(
        _ byte: UInt8, _ input: inout ArraySlice<UInt8>
    ) throws(JSONError.Reason) -> JSONLexer.Token? {
        switch try lexer.take(byte) {
        case .taken:
            advance(&input)
            if valueByteCount > 0 || !lexer.isBetweenTokens { valueByteCount += 1 }
            return nil
        case .token(let token):
            advance(&input)
            valueByteCount += 1
            return token
        case .tokenBefore(let token): return token
        }
    }

    /// Forgets the broken value and prepares to skip the rest of it.
    private mutating func abandon(
        at byte: UInt8, _ place: JSONRecovery, isTaken: Bool, _ input: inout ArraySlice<UInt8>
    ) {
        lexer.reset()
        builder = JSONBuilder()
        valueByteCount = 0

        var skipping = place
        let step = skipping.skip(byte)
        recovery = step == .goOn ? skipping : nil
        // What begins a value behind a broken word is that value's; any other byte is taken, or it would be the
        // next mistake again and again.
        let beginsValue = step == .doneBefore && JSONBuilder.opens(byte)
        if !isTaken, !beginsValue { advance(&input) }
    }

    private mutating func advance(_ input: inout ArraySlice<UInt8>) {
        input.removeFirst()
        offset &+= 1
    }
}
