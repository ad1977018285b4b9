// SPDX-License-Identifier: Apache-2.0

/// How the clock tells the time and how the guest sets it.
extension RealTimeClock {
    var isStopped: Bool { registers.memory[Register.b] & ControlB.set != 0 }
    private var isBinary: Bool { registers.memory[Register.b] & ControlB.isBinary != 0 }
    private var is24Hour: Bool { registers.memory[Register.b] & ControlB.is24Hour != 0 }

    /// The guest's time in seconds since 1970, within the calendar's range.
    var guestSeconds: Int64 {
        let (seconds, overflow) = now().addingReportingOverflow(registers.offsetSeconds)
        let range = CalendarTime.range
        return overflow ? 0 : min(max(seconds, range.lowerBound), range.upperBound)
    }

    var currentTime: CalendarTime { CalendarTime(secondsSince1970: guestSeconds) }

    func writeB(_ value: UInt8) {
        let wasStopped = isStopped
        let willStop = value & ControlB.set != 0
        if !wasStopped && willStop { latchTime() }
        // The format in force when the guest lets the clock go on is the one in which it wrote the time.
        let withoutUpdates = willStop ? ~ControlB.update : 0xFF
        registers.memory[Register.b] = value & ControlB.writable & withoutUpdates
        if wasStopped && !willStop { adoptTime() }
    }

    func writeMemory(_ value: UInt8, at index: Int) {
        let isRunningTime = Register.time.contains(index) && !isStopped
        if isRunningTime { latchTime() }
        registers.memory[index] = value
        if isRunningTime { adoptTime() }
    }

    /// The register at `index`, one of `Register.time`, in the format of register B.
    func encoded(_ index: Int, of time: CalendarTime) -> UInt8 {
        switch index {
        case Register.seconds: encode(time.second)
        case Register.minutes: encode(time.minute)
        case Register.hours: encodeHour(time.hour)
        case Register.weekday: encode(time.weekday)
        case Register.day: encode(time.day)
        case Register.month: encode(time.month)
        case Register.century: encode(time.year / 100)
        default: encode(time.year % 100)
        }
    }

    private func latchTime() {
        let time = currentTime
        for index in Register.time { registers.memory[index] = encoded(index, of: time) }
    }

    /// Takes the time in memory as the guest's. A time that does not exist leaves the clock as it was.
    private func adoptTime() {
        guard let seconds = latchedTime.secondsSince1970 else { return }
        let (offset, overflow) = seconds.subtractingReportingOverflow(now())
        guard !overflow else { return }
        registers.offsetSeconds = offset
        registers.notedSeconds = seconds
    }

    private var latchedTime: CalendarTime {
        CalendarTime(
            year: decode(Register.century) * 100 + decode(Register.year), month: decode(Register.month),
            day: decode(Register.day), hour: decodeHour(registers.memory[Register.hours]),
            minute: decode(Register.minutes), second: decode(Register.seconds))
    }

    /// Encodes a number below 100.
    private func encode(_ value: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: isBinary ? value : (value / 10) << 4 | value % 10)
    }

    private func decode(_ index: Int) -> Int { decode(byte: registers.memory[index]) }

    func decode(byte: UInt8) -> Int {
        isBinary ? Int(byte) : Int(byte >> 4) * 10 + Int(byte & 0x0F)
    }

    private func encodeHour(_ hour: Int) -> UInt8 {
        if is24Hour { return encode(hour) }
        return encode(hour % 12 == 0 ? 12 : hour % 12) | (hour >= 12 ? 0x80 : 0)
    }

    func decodeHour(_ byte: UInt8) -> Int {
        if is24Hour { return decode(byte: byte) }
        return decode(byte: byte & 0x7F) % 12 + (byte & 0x80 != 0 ? 12 : 0)
    }
}
