// SPDX-License-Identifier: Apache-2.0

/// The guest's side. A wide access is one access per byte, but of one moment: the timer does not tick in between.
extension PowerManagement {
    package func read(at offset: UInt64, width: AccessWidth) -> UInt64 {
        let timer = timerCount
        var value: UInt64 = 0
        for index in 0..<UInt64(width.rawValue) {
            value |= UInt64(byte(at: offset &+ index, timer: timer)) << (8 * index)
        }
        return value
    }

    package func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        for index in 0..<UInt64(width.rawValue) {
            writeByte(UInt8(truncatingIfNeeded: value >> (8 * index)), at: offset &+ index)
        }
        updateInterrupt()
    }

    private func byte(at offset: UInt64, timer: UInt32) -> UInt8 {
        switch offset {
        case 0x00...0x01: Self.byte(offset, of: UInt64(registers.status))
        case 0x02...0x03: Self.byte(offset - 0x02, of: UInt64(registers.enable))
        case 0x04...0x05: Self.byte(offset - 0x04, of: UInt64(registers.control | Control.sciEnabled))
        case 0x08...0x0B: Self.byte(offset - 0x08, of: UInt64(timer))
        case 0x20: registers.generalStatus
        case 0x21: registers.generalEnable
        default: 0xFF
        }
    }

    private func writeByte(_ value: UInt8, at offset: UInt64) {
        switch offset {
        case 0x00...0x01:
            registers.status &= ~UInt16(truncatingIfNeeded: UInt64(value) << (8 * offset))
        case 0x02...0x03:
            let merged = Self.merge(value, at: offset - 0x02, into: UInt64(registers.enable))
            registers.enable = UInt16(truncatingIfNeeded: merged) & PowerEvent.enableMask
        case 0x04...0x05: writeControl(value, at: offset - 0x04)
        case 0x20: registers.generalStatus &= ~value
        case 0x21: registers.generalEnable = value
        default: break
        }
    }

    private func writeControl(_ value: UInt8, at index: UInt64) {
        let merged = UInt16(truncatingIfNeeded: Self.merge(value, at: index, into: UInt64(registers.control)))
        registers.control = merged & Control.storedMask
        // Sleep type and enable share a byte, so that one write sees both. Other sleep states do not exist.
        let isSleepRequested = merged & Control.sleepEnable != 0
        if isSleepRequested && merged & Control.sleepTypeMask == Control.softOff { powerOff() }
    }

    private static func byte(_ index: UInt64, of value: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: value >> (8 * index))
    }

    private static func merge(_ byte: UInt8, at index: UInt64, into value: UInt64) -> UInt64 {
        value & ~(0xFF << (8 * index)) | UInt64(byte) << (8 * index)
    }
}
