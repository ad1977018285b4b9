// SPDX-License-Identifier: Apache-2.0

/// The bytes of a message, in this host's order.
struct VhostUserPayload: Equatable {
    private(set) var bytes: [UInt8] = []

    init(bytes: [UInt8] = []) { self.bytes = bytes }

    init(_ value: UInt64) { append(value) }

    /// The state of a ring: its number, and a size, base or switch.
    init(ring: Int, _ value: UInt32) {
        append(UInt32(truncatingIfNeeded: ring))
        append(value)
    }

    mutating func append(_ value: some FixedWidthInteger & UnsignedInteger) {
        for index in 0..<value.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }

    /// The four bytes from `offset` on, which must be there.
    func long(at offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: number(at: offset, byteCount: 4)) }

    /// The eight bytes from `offset` on, which must be there.
    func quad(at offset: Int) -> UInt64 { number(at: offset, byteCount: 8) }

    private func number(at offset: Int, byteCount: Int) -> UInt64 {
        bytes[offset..<offset + byteCount].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
