// SPDX-License-Identifier: Apache-2.0

/// One field of a device's saved state: its id in the encoding, and how it is written and read.
///
/// Ids are part of the format: an id is never reused and never changes its type.
package struct StateField<State>: Sendable {
    /// Unique within the state, for ever.
    package let id: UInt16
    let encode: @Sendable (State) -> [UInt8]
    let decode: @Sendable (inout State, [UInt8]) -> Bool

    /// An integer field, stored little-endian in its own width.
    package init<Value: FixedWidthInteger & Sendable>(
        _ id: UInt16, _ path: any WritableKeyPath<State, Value> & Sendable
    ) {
        self.id = id
        encode = { state in Self.littleEndian(state[keyPath: path]) }
        decode = { state, bytes in
            guard bytes.count == Value.bitWidth / 8 else { return false }
            var value: Value = 0
            for byte in bytes.reversed() { value = value << 8 | Value(truncatingIfNeeded: byte) }
            state[keyPath: path] = value
            return true
        }
    }

    /// A truth value, stored as one byte that is 0 or 1.
    package init(_ id: UInt16, _ path: any WritableKeyPath<State, Bool> & Sendable) {
        self.id = id
        encode = { state in [state[keyPath: path] ? 1 : 0] }
        decode = { state, bytes in
            guard bytes.count == 1, bytes[0] <= 1 else { return false }
            state[keyPath: path] = bytes[0] == 1
            return true
        }
    }

    /// Bytes of at most `maximum`.
    package init(_ id: UInt16, _ path: any WritableKeyPath<State, [UInt8]> & Sendable, maximum: Int) {
        self.id = id
        encode = { state in state[keyPath: path] }
        decode = { state, bytes in
            guard bytes.count <= maximum else { return false }
            state[keyPath: path] = bytes
            return true
        }
    }

    /// A list of integers of at most `maximum` elements.
    package init<Value: FixedWidthInteger & Sendable>(
        _ id: UInt16, _ path: any WritableKeyPath<State, [Value]> & Sendable, maximum: Int
    ) {
        self.id = id
        encode = { state in state[keyPath: path].flatMap(Self.littleEndian) }
        decode = { state, bytes in
            let width = Value.bitWidth / 8
            guard bytes.count.isMultiple(of: width), bytes.count / width <= maximum else { return false }
            state[keyPath: path] = stride(from: 0, to: bytes.count, by: width).map { start in
                bytes[start..<start + width].reversed().reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
            }
            return true
        }
    }

    private static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
