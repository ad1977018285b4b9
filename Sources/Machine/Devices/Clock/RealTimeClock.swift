// SPDX-License-Identifier: Apache-2.0

/// The MC146818 clock with its 128 bytes of memory (CMOS), at ports 0x70 (index) and 0x71 (data).
///
/// The time is the host's plus an offset that changes when the guest sets the clock. Alarm and update interrupts come
/// from `advance()`, which the control thread calls at `deadline`; there is no periodic interrupt, and its enable bit
/// reads back zero. Called with the bus lock held.
package final class RealTimeClock: ByteRegisters, SavableDevice {
    /// Ports that the device occupies, from 0x70.
    package static let portCount: UInt64 = 2
    /// Bytes behind the index.
    package static let memoryByteCount = 128
    /// The usual divider and rate; the bit "update in progress" is never set, since drivers poll until it is clear.
    static let defaultA: UInt8 = 0x26

    /// Indices with a meaning (MC146818, and the PC's century byte).
    enum Register {
        static let seconds = 0x00
        static let secondsAlarm = 0x01
        static let minutes = 0x02
        static let minutesAlarm = 0x03
        static let hours = 0x04
        static let hoursAlarm = 0x05
        static let weekday = 0x06
        static let day = 0x07
        static let month = 0x08
        static let year = 0x09
        static let a = 0x0A
        static let b = 0x0B
        static let c = 0x0C
        static let d = 0x0D
        static let century = 0x32
        static let time = [seconds, minutes, hours, weekday, day, month, year, century]
    }

    /// Bits of register B.
    enum ControlB {
        static let set: UInt8 = 1 << 7
        static let alarm: UInt8 = 1 << 5
        static let update: UInt8 = 1 << 4
        static let isBinary: UInt8 = 1 << 2
        static let is24Hour: UInt8 = 1 << 1
        static let interrupts = alarm | update
        static let writable = set | interrupts | isBinary | is24Hour
    }

    package let stateName = "rtc"
    /// Called when `deadline` may have changed, on whatever thread made it. It must not block or call the device.
    package var deadlineChanged: () -> Void = {}

    let now: () -> Int64
    var registers = RealTimeClockState()
    let line: any InterruptLine
    var isLineHigh = false
    var knownDeadline: Int64?

    /// Makes a clock at power on.
    ///
    /// - Parameters:
    ///   - line: The wire of IRQ 8.
    ///   - memoryBelow4GiB: Bytes of guest memory below 4 GiB, told to the firmware in CMOS.
    ///   - memoryAbove4GiB: Bytes above 4 GiB.
    ///   - now: Returns the host's seconds since 1970, UTC; called with the bus lock held.
    package init(
        line: any InterruptLine, memoryBelow4GiB: UInt64, memoryAbove4GiB: UInt64, now: @escaping () -> Int64
    ) {
        self.line = line
        self.now = now
        registers.notedSeconds = guestSeconds
        store(byteCount: min(memoryBelow4GiB, 640 << 10), unit: 1 << 10, at: [0x15, 0x16])
        let extended = memoryBelow4GiB - min(memoryBelow4GiB, 1 << 20)
        store(byteCount: extended, unit: 1 << 10, at: [0x17, 0x18])
        store(byteCount: extended, unit: 1 << 10, at: [0x30, 0x31])
        store(byteCount: memoryBelow4GiB - min(memoryBelow4GiB, 16 << 20), unit: 64 << 10, at: [0x34, 0x35])
        store(byteCount: memoryAbove4GiB, unit: 64 << 10, at: [0x5B, 0x5C, 0x5D])
    }

    package var state: RealTimeClockState { registers }

    package func restore(_ state: RealTimeClockState) throws(StateError) {
        try state.validate()
        registers = state
        // Bits that a register does not have are cleared, so that what is read does not depend on who wrote it.
        registers.memory[Register.a] &= 0x7F
        registers.memory[Register.b] &= ControlB.writable
        registers.memory[Register.c] &= ControlB.interrupts
        isLineHigh = hasInterrupt
        line.set(isLineHigh)
        knownDeadline = deadline
        deadlineChanged()
    }

    /// What a reset of the machine does: it disables the interrupts. A battery keeps the clock and its memory.
    package func reset() {
        registers.index = 0
        registers.memory[Register.b] &= ~ControlB.interrupts
        registers.memory[Register.c] = 0
        updateInterrupt()
    }

    package func readByte(at offset: UInt64) -> UInt8 {
        // The index register cannot be read.
        guard offset == 1 else { return 0xFF }
        let index = Int(registers.index)
        switch index {
        case Register.c: return takeFlags()
        case Register.d: return 0x80
        default:
            let isRunningTime = Register.time.contains(index) && !isStopped
            return isRunningTime ? encoded(index, of: currentTime) : registers.memory[index]
        }
    }

    package func writeByte(_ value: UInt8, at offset: UInt64) {
        // Bit 7 of the index masks NMI, which nothing here raises.
        if offset == 0 { registers.index = value & 0x7F }
        guard offset == 1 else { return }
        let index = Int(registers.index)
        noteTicks()
        switch index {
        case Register.a: registers.memory[index] = value & 0x7F
        case Register.b: writeB(value)
        case Register.c, Register.d: break
        default: writeMemory(value, at: index)
        }
        updateInterrupt()
    }

    private func store(byteCount: UInt64, unit: UInt64, at indices: [Int]) {
        let limit: UInt64 = (1 << (8 * UInt64(indices.count))) - 1
        let units = min(byteCount / unit, limit)
        for (position, index) in indices.enumerated() {
            registers.memory[index] = UInt8(truncatingIfNeeded: units >> (8 * UInt64(position)))
        }
    }
}
