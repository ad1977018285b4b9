// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// Writes `value` at `offset`, least significant byte first.
    mutating func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        for index in 0..<(Value.bitWidth / 8) {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> Value(8 * index))
        }
    }

    /// The little-endian integer at `offset`.
    func get<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value {
        var value: Value = 0
        for index in 0..<(Value.bitWidth / 8) {
            value |= Value(truncatingIfNeeded: self[offset + index]) << Value(8 * index)
        }
        return value
    }

    /// The text at `offset` up to its zero.
    func text(at offset: Int) -> String {
        String(decoding: self[offset...].prefix { $0 != 0 }, as: UTF8.self)
    }
}
