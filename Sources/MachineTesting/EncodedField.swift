// SPDX-License-Identifier: Apache-2.0

/// One record of a device's encoded state, taken apart so that a test can put it together wrongly.
struct EncodedField {
    let id: UInt16
    let isCritical: Bool
    var value: [UInt8]

    var bytes: [UInt8] {
        let header = UInt64(id) | (isCritical ? 1 << 16 : 0) | UInt64(value.count) << 32
        return (0..<8).map { UInt8(truncatingIfNeeded: header >> (8 * $0)) } + value
    }

    /// The records of an encoding that a device has just written.
    static func list(of bytes: [UInt8]) -> [EncodedField] {
        var fields: [EncodedField] = []
        var position = 0
        while position + 8 <= bytes.count {
            let header = (0..<8).reduce(0 as UInt64) { $0 | UInt64(bytes[position + $1]) << (8 * UInt64($1)) }
            let end = position + 8 + Int(header >> 32)
            fields.append(
                EncodedField(
                    id: UInt16(truncatingIfNeeded: header), isCritical: header & 1 << 16 != 0,
                    value: [UInt8](bytes[position + 8..<end])))
            position = end
        }
        return fields
    }
}
