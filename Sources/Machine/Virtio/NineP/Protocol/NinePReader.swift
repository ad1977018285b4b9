// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// The fields of a request, one after the other; all little-endian, texts with 2 bytes of length in front.
///
/// What is read is a copy: the guest cannot change it any more.
struct NinePReader {
    private let bytes: [UInt8]
    private var position: Int

    /// Reads from `position` on.
    init(_ bytes: [UInt8], from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    var isAtEnd: Bool { position >= bytes.count }

    /// - Throws: `EPROTO` where the request ends within the field.
    mutating func integer<Value: FixedWidthInteger & UnsignedInteger>(
        _ type: Value.Type = Value.self
    ) throws(NinePError) -> Value {
        let width = Value.bitWidth / 8
        guard bytes.count - position >= width else { throw NinePError(EPROTO) }
        var value: Value = 0
        for index in (0..<width).reversed() {
            value = Value(truncatingIfNeeded: UInt64(value) << 8 | UInt64(bytes[position + index]))
        }
        position += width
        return value
    }

    /// A text, with its length in front.
    mutating func text() throws(NinePError) -> [UInt8] {
        try bytes(Int(try integer(UInt16.self)))
    }

    mutating func bytes(_ count: Int) throws(NinePError) -> [UInt8] {
        guard count >= 0, bytes.count - position >= count else { throw NinePError(EPROTO) }
        defer { position += count }
        return [UInt8](bytes[position..<position + count])
    }
}
