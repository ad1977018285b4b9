// SPDX-License-Identifier: Apache-2.0
import Machine
import MachineTesting
import Testing

@Suite("Clock's alarm")
struct ClockAlarmTests {
    /// 2024-02-29 13:45:59 UTC.
    final class HostClock {
        static let start: Int64 = 1_709_214_359
        var seconds = start
    }

    let host = HostClock()
    let wire = WireProbe()
    let clock: RealTimeClock

    init() {
        let host = host
        clock = RealTimeClock(line: wire, memoryBelow4GiB: 1 << 30, memoryAbove4GiB: 0) { host.seconds }
    }

    private func get(_ index: UInt8) -> UInt8 {
        clock.setByte(0, index)
        return clock.byte(1)
    }

    private func put(_ index: UInt8, _ value: UInt8) {
        clock.setByte(0, index)
        clock.setByte(1, value)
    }

    private func setAlarm(_ hour: UInt8, _ minute: UInt8, _ second: UInt8) {
        put(5, hour)
        put(3, minute)
        put(1, second)
    }

    struct Alarm: CustomTestStringConvertible {
        let testDescription: String
        let registers: (UInt8, UInt8, UInt8)
        let secondsAhead: Int64?
    }

    static let alarms = [
        Alarm(testDescription: "one second ahead", registers: (0x13, 0x46, 0x00), secondsAhead: 1),
        Alarm(testDescription: "the same time tomorrow", registers: (0x13, 0x45, 0x59), secondsAhead: 86_400),
        Alarm(testDescription: "just missed", registers: (0x13, 0x45, 0x58), secondsAhead: 86_399),
        Alarm(testDescription: "each second", registers: (0xFF, 0xC0, 0xFF), secondsAhead: 1),
        Alarm(testDescription: "each minute", registers: (0xFF, 0xFF, 0x30), secondsAhead: 31),
        Alarm(testDescription: "each hour", registers: (0xFF, 0x00, 0x00), secondsAhead: 14 * 60 + 1),
        Alarm(testDescription: "never", registers: (0x25, 0xFF, 0xFF), secondsAhead: nil),
    ]

    @Test("the alarm is due when its registers match next", arguments: alarms)
    func due(_ alarm: Alarm) {
        setAlarm(alarm.registers.0, alarm.registers.1, alarm.registers.2)
        #expect(clock.deadline == nil)

        put(0x0B, 0x22)

        #expect(clock.deadline == alarm.secondsAhead.map { HostClock.start + $0 })
    }

    @Test("an alarm raises the interrupt once, until register C is read")
    func raise() {
        let calls = Counter()
        clock.deadlineChanged = { calls.increment() }
        setAlarm(0x13, 0x46, 0x05)
        put(0x0B, 0x22)
        #expect(calls.count == 1)

        host.seconds += 5
        clock.advance()
        #expect(!wire.isHigh, "one second too early")
        host.seconds += 1
        clock.advance()
        #expect(wire.isHigh)
        #expect(clock.deadline == nil)

        #expect(get(0x0C) == 0xB0, "interrupt, alarm and update")
        #expect(!wire.isHigh)
        #expect(get(0x0C) == 0x00)
        #expect(clock.deadline == HostClock.start + 6 + 86_400)
    }

    @Test("an alarm that passed while nobody looked is not lost")
    func late() {
        setAlarm(0x13, 0x50, 0x00)
        put(0x0B, 0x22)

        host.seconds += 3600
        clock.advance()

        #expect(wire.isHigh)
    }

    @Test("an alarm follows the guest's clock, not the host's")
    func offset() {
        setAlarm(0x13, 0x46, 0x05)
        put(0x0B, 0x22)
        put(0x02, 0x40)

        #expect(clock.deadline == HostClock.start + 5 * 60 + 6)
    }

    @Test("updates interrupt each second while they are enabled")
    func update() {
        put(0x0B, 0x12)
        for _ in 0..<3 {
            host.seconds += 1
            #expect(clock.deadline == host.seconds)
            clock.advance()
            #expect(wire.isHigh)
            #expect(get(0x0C) == 0x90)
        }
        put(0x0B, 0x92)
        #expect(get(0x0B) == 0x82, "setting the clock disables updates")
        #expect(clock.deadline == nil)
    }

    @Test(
        "at the end of the calendar no alarm is due any more, and nothing overflows",
        arguments: [0x22, 0x12] as [UInt8]
    )
    func endOfCalendar(_ interrupts: UInt8) {
        setAlarm(0xFF, 0xFF, 0xFF)
        put(0x0B, 0x82)
        for (index, value) in [(0x32, 0x99), (9, 0x99), (8, 0x12), (7, 0x31), (4, 0x23), (2, 0x59), (0, 0x58)] {
            put(UInt8(index), UInt8(value))
        }
        put(0x0B, interrupts)
        #expect(clock.deadline == HostClock.start + 1, "the last second")

        host.seconds += 1
        clock.advance()
        #expect(wire.isHigh)
        _ = get(0x0C)
        #expect(clock.deadline == nil)
        for seconds in [HostClock.start + 1_000_000, .max, .min, HostClock.start] {
            host.seconds = seconds
            clock.advance()
            _ = get(0x0C)
        }
    }

    @Test("a host's clock at either end of its range raises nothing that traps", arguments: [Int64.max, .min])
    func endOfTime(_ seconds: Int64) {
        setAlarm(0x13, 0x46, 0x05)
        put(0x0B, 0x32)
        host.seconds = seconds

        clock.advance()
        _ = get(0x0C)
        put(0x09, 0x99)

        _ = clock.deadline
    }

    @Test("an alarm that came due between two processes is raised in the second")
    func restore() throws {
        setAlarm(0x13, 0x46, 0x05)
        put(0x0B, 0x22)
        let otherWire = WireProbe()
        let other = RealTimeClock(line: otherWire, memoryBelow4GiB: 0, memoryAbove4GiB: 0) {
            HostClock.start + 100
        }

        try other.restore(clock.state)

        #expect(other.deadline == HostClock.start + 6)
        other.advance()
        #expect(otherWire.isHigh)
    }

    @Test("a reset disables the interrupt")
    func reset() {
        put(0x0B, 0x12)
        host.seconds += 1
        clock.advance()

        clock.reset()

        #expect(!wire.isHigh)
        #expect(clock.deadline == nil)
    }
}
