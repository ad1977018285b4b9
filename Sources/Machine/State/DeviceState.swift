// SPDX-License-Identifier: Apache-2.0

/// What a device must carry to another process to go on there: a value with declared fields.
///
/// A new field gets a new id and its default from `init()`, so that older states still load.
package protocol DeviceState: Equatable, Sendable {
    /// The device as it is at power on; also the default of each field that a saved state lacks.
    init()
    static var fields: [StateField<Self>] { get }
}

extension DeviceState {
    /// The state as type-length-value records: id (2 bytes), flags (2: bit 0 is "critical"), length (4), bytes;
    /// all little-endian.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for field in Self.fields {
            let value = field.encode(self)
            // Every field of today's format matters to the device, so a reader that lacks it must refuse.
            append(UInt64(field.id), byteCount: 2, to: &bytes)
            append(1, byteCount: 2, to: &bytes)
            append(UInt64(value.count), byteCount: 4, to: &bytes)
            bytes += value
        }
        return bytes
    }

    /// Reads a saved state.
    ///
    /// - Throws: Where a record is cut off, has a length its type cannot have, or is critical and unknown.
    package init(encoded bytes: [UInt8]) throws(StateError) {
        self.init()
        let fields = Self.fields
        var position = 0
        while position < bytes.count {
            guard bytes.count - position >= 8 else { throw .truncated(offset: position) }
            let id = UInt16(bytes[position]) | UInt16(bytes[position + 1]) << 8
            let isCritical = bytes[position + 2] & 1 == 1
            let length = (0..<4).reduce(0) { $0 | Int(bytes[position + 4 + $1]) << (8 * $1) }
            position += 8
            guard length <= bytes.count - position else { throw .truncated(offset: position) }
            let value = [UInt8](bytes[position..<position + length])
            position += length
            if let field = fields.first(where: { $0.id == id }) {
                guard field.decode(&self, value) else { throw .wrongLength(id: id, found: length) }
            } else if isCritical {
                throw .unknownCriticalField(id: id)
            }
        }
    }
}

private func append(_ value: UInt64, byteCount: Int, to bytes: inout [UInt8]) {
    for index in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
}
