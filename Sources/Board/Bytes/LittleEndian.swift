// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// Appends `value`, least significant byte first.
    mutating func append<Value: FixedWidthInteger>(littleEndian value: Value) {
        for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> Value(shift)))
        }
    }

    /// Overwrites the bytes at `offset` with `value`, least significant byte first; they must exist.
    mutating func store<Value: FixedWidthInteger>(littleEndian value: Value, at offset: Int) {
        for index in 0..<(Value.bitWidth / 8) {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> Value(8 * index))
        }
    }

    /// The little-endian integer at `offset`, or `nil` where it does not lie within the array.
    func load<Value: FixedWidthInteger>(_ type: Value.Type = Value.self, at offset: Int) -> Value? {
        let byteCount = Value.bitWidth / 8
        guard offset >= 0, byteCount <= count, offset <= count - byteCount else { return nil }
        var value: Value = 0
        for index in 0..<byteCount {
            value |= Value(truncatingIfNeeded: self[offset + index]) << Value(8 * index)
        }
        return value
    }

    /// Whether `pattern` lies at `offset`, wholly within the array.
    func has(_ pattern: [UInt8], at offset: Int) -> Bool {
        guard offset >= 0, pattern.count <= count, offset <= count - pattern.count else { return false }
        return self[offset..<(offset + pattern.count)].elementsEqual(pattern)
    }
}
