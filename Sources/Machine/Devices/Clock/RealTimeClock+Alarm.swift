// SPDX-License-Identifier: Apache-2.0

/// The alarm and update interrupts. Linux uses IRQ 8 whether or not ACPI names it, and waits for the alarm's tick when
/// it reads or sets the clock.
extension RealTimeClock {
    /// The host's second at which `advance()` is due, or nil while no interrupt can come. It may be in the past.
    package var deadline: Int64? {
        let control = registers.memory[Register.b]
        guard !isStopped, !hasInterrupt else { return nil }
        let next = registers.notedSeconds
        let second: Int64? =
            if control & ControlB.update != 0 {
                next < CalendarTime.range.upperBound ? next + 1 : nil
            } else if control & ControlB.alarm != 0 {
                nextAlarm(after: next).flatMap { $0 <= CalendarTime.range.upperBound ? $0 : nil }
            } else {
                nil
            }
        guard let (hostSecond, overflow) = second?.subtractingReportingOverflow(registers.offsetSeconds), !overflow
        else { return nil }
        return hostSecond
    }

    /// Raises the interrupt whose time has come. For the control thread; harmless when nothing is due.
    package func advance() {
        noteTicks()
        updateInterrupt()
    }

    var hasInterrupt: Bool {
        registers.memory[Register.c] & registers.memory[Register.b] & ControlB.interrupts != 0
    }

    /// Notes in register C what has happened since it was last done.
    func noteTicks() {
        guard !isStopped else { return }
        let seconds = guestSeconds
        if seconds > registers.notedSeconds {
            registers.memory[Register.c] |= ControlB.update
            if let alarm = nextAlarm(after: registers.notedSeconds), alarm <= seconds {
                registers.memory[Register.c] |= ControlB.alarm
            }
        }
        registers.notedSeconds = seconds
    }

    /// Register C, which reading clears.
    func takeFlags() -> UInt8 {
        noteTicks()
        let flags = registers.memory[Register.c]
        let value = hasInterrupt ? flags | 0x80 : flags
        registers.memory[Register.c] = 0
        updateInterrupt()
        return value
    }

    func updateInterrupt() {
        let isHigh = hasInterrupt
        if isHigh != isLineHigh {
            isLineHigh = isHigh
            line.set(isHigh)
        }
        let deadline = deadline
        guard deadline != knownDeadline else { return }
        knownDeadline = deadline
        if deadline != nil { deadlineChanged() }
    }

    /// The first second after `start` that the alarm registers match, or nil when they match none.
    private func nextAlarm(after start: Int64) -> Int64? {
        let range = CalendarTime.range
        var second = min(max(start, range.lowerBound), range.upperBound) + 1
        // At most a day of hours, an hour of minutes and a minute of seconds are passed over.
        for _ in 0..<150 {
            let ofDay = (second - range.lowerBound) % 86_400
            if !matches(Register.hoursAlarm, Int(ofDay / 3600)) {
                second += 3600 - ofDay % 3600
            } else if !matches(Register.minutesAlarm, Int(ofDay / 60 % 60)) {
                second += 60 - ofDay % 60
            } else if !matches(Register.secondsAlarm, Int(ofDay % 60)) {
                second += 1
            } else {
                return second
            }
        }
        return nil
    }

    private func matches(_ index: Int, _ value: Int) -> Bool {
        let byte = registers.memory[index]
        // The two upper bits mean "any".
        if byte & 0xC0 == 0xC0 { return true }
        return value == (index == Register.hoursAlarm ? decodeHour(byte) : decode(byte: byte))
    }
}
