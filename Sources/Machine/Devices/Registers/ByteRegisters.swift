// SPDX-License-Identifier: Apache-2.0

/// A device of byte registers, as on an ISA bus: a wider access is one access per byte, the lowest first.
package protocol ByteRegisters: BusDevice {
    /// Returns the register at `offset`; all ones where there is none.
    func readByte(at offset: UInt64) -> UInt8
    /// Writes the register at `offset`; nothing happens where there is none.
    func writeByte(_ value: UInt8, at offset: UInt64)
}

extension ByteRegisters {
    package func read(at offset: UInt64, width: AccessWidth) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<UInt64(width.rawValue) {
            value |= UInt64(readByte(at: offset &+ index)) << (8 * index)
        }
        return value
    }

    package func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        for index in 0..<UInt64(width.rawValue) {
            writeByte(UInt8(truncatingIfNeeded: value >> (8 * index)), at: offset &+ index)
        }
    }
}
