// SPDX-License-Identifier: Apache-2.0

extension AccessWidth {
    /// What a read of this width at `offset` finds in the bytes of a configuration structure, in little-endian order;
    /// what lies beyond its end reads as zeros.
    func value(at offset: UInt64, of bytes: [UInt8]) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<UInt64(rawValue) {
            let position = offset &+ index
            guard position < UInt64(bytes.count) else { break }
            value |= UInt64(bytes[Int(position)]) << (8 * index)
        }
        return value
    }
}
