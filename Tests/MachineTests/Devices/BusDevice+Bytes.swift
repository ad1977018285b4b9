// SPDX-License-Identifier: Apache-2.0
import Machine

extension BusDevice {
    func byte(_ offset: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: read(at: offset, width: .byte)) }

    func setByte(_ offset: UInt64, _ value: UInt8) { write(UInt64(value), at: offset, width: .byte) }
}
