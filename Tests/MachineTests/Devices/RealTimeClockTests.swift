// SPDX-License-Identifier: Apache-2.0
import Machine
import MachineTesting
import Testing

@Suite("Real-time clock")
struct RealTimeClockTests {
    /// 2024-02-29 13:45:59 UTC, a Thursday.
    final class HostClock {
        var seconds: Int64 = 1_709_214_359
    }

    let host = HostClock()
    let clock: RealTimeClock

    init() {
        let host = host
        clock = RealTimeClock(line: WireProbe(), memoryBelow4GiB: 3 << 30, memoryAbove4GiB: 5 << 30) { host.seconds }
    }

    private func get(_ index: UInt8) -> UInt8 {
        clock.setByte(0, index)
        return clock.byte(1)
    }

    private func put(_ index: UInt8, _ value: UInt8) {
        clock.setByte(0, index)
        clock.setByte(1, value)
    }

    private var time: [UInt8] { [0x32, 9, 8, 7, 6, 4, 2, 0].map(get) }

    struct Format: CustomTestStringConvertible {
        let testDescription: String
        let control: UInt8
        let hours: [Int64: UInt8]
    }

    @Test("the host's time shows in BCD and in binary")
    func readTime() {
        #expect(time == [0x20, 0x24, 0x02, 0x29, 0x05, 0x13, 0x45, 0x59])
        put(0x0B, 0x06)
        #expect(time == [20, 24, 2, 29, 5, 13, 45, 59])
        host.seconds += 1
        #expect(get(0x02) == 46)
    }

    static let formats = [
        Format(testDescription: "24 hours, BCD", control: 0x02, hours: [0: 0x00, 11: 0x11, 12: 0x12, 23: 0x23]),
        Format(testDescription: "24 hours, binary", control: 0x06, hours: [0: 0, 11: 11, 12: 12, 23: 23]),
        Format(testDescription: "12 hours, BCD", control: 0x00, hours: [0: 0x12, 11: 0x11, 12: 0x92, 23: 0x91]),
        Format(testDescription: "12 hours, binary", control: 0x04, hours: [0: 12, 11: 11, 12: 0x8C, 23: 0x8B]),
    ]

    @Test("hours are read and set in every format", arguments: formats)
    func hours(_ format: Format) {
        put(0x0B, format.control)
        for (hour, encoded) in format.hours {
            host.seconds = hour * 3600
            #expect(get(0x04) == encoded)
            put(0x04, encoded)
            #expect(clock.state.offsetSeconds == 0)
        }
    }

    @Test("the guest sets the clock, and it goes on from there")
    func setTime() {
        put(0x0B, 0x82)
        let lastMoment: [(UInt8, UInt8)] = [
            (0x32, 0x19), (9, 0x99), (8, 0x12), (7, 0x31), (4, 0x23), (2, 0x59), (0, 0x58),
        ]
        for (index, value) in lastMoment { put(index, value) }
        host.seconds += 100
        #expect(get(0x00) == 0x58, "the clock stands while it is set")
        put(0x0B, 0x02)

        host.seconds += 2
        #expect(time == [0x20, 0x00, 0x01, 0x01, 0x07, 0x00, 0x00, 0x00])
    }

    @Test("one register can be set while the clock runs")
    func setMinute() {
        put(0x02, 0x05)

        #expect(time == [0x20, 0x24, 0x02, 0x29, 0x05, 0x13, 0x05, 0x59])
        #expect(clock.state.offsetSeconds == -40 * 60)
    }

    @Test("a time that does not exist leaves the clock as it was", arguments: [0x60, 0xFF, 0x7A] as [UInt8])
    func impossibleTime(seconds: UInt8) {
        put(0x0B, 0x82)
        put(0x00, seconds)
        put(0x0B, 0x02)

        #expect(get(0x00) == 0x59)
    }

    @Test("no update is ever in progress, the battery is good, there is no periodic interrupt")
    func controlRegisters() {
        put(0x0A, 0xFF)
        #expect(get(0x0A) == 0x7F)
        put(0x0B, 0x72)
        #expect(get(0x0B) == 0x32)
        put(0x0C, 0xFF)
        #expect(get(0x0C) == 0x00)
        put(0x0D, 0x00)
        #expect(get(0x0D) == 0x80)
    }

    @Test("at power on register A reads 0x26")
    func powerOn() {
        #expect(get(0x0A) == 0x26)
        #expect(clock.byte(0) == 0xFF)
    }

    @Test("the index's NMI bit is no part of the index, and a word writes index and data")
    func index() {
        clock.write(0xA5C0, at: 0, width: .word)

        #expect(get(0x40) == 0xA5)
        #expect(get(0xC0) == 0xA5)
    }

    struct Size: CustomTestStringConvertible {
        let testDescription: String
        let below: UInt64
        let above: UInt64
        let expected: [UInt8]
    }

    static let sizes = [
        Size(testDescription: "no memory", below: 0, above: 0, expected: [0, 0, 0, 0, 0, 0, 0, 0, 0]),
        Size(
            testDescription: "32 MiB", below: 32 << 20, above: 0,
            expected: [0x80, 0x02, 0x00, 0x7C, 0x00, 0x01, 0, 0, 0]),
        Size(
            testDescription: "3 GiB and 5 GiB", below: 3 << 30, above: 5 << 30,
            expected: [0x80, 0x02, 0xFF, 0xFF, 0x00, 0xBF, 0x00, 0x40, 0x01]),
        Size(
            testDescription: "more than the bytes can say", below: .max, above: .max,
            expected: [0x80, 0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
    ]

    @Test("the memory's size is told to the firmware", arguments: sizes)
    func memorySize(_ size: Size) {
        let clock = RealTimeClock(
            line: WireProbe(), memoryBelow4GiB: size.below, memoryAbove4GiB: size.above, now: { 0 })

        let found = [0x15, 0x16, 0x30, 0x31, 0x34, 0x35, 0x5B, 0x5C, 0x5D].map { clock.state.memory[$0] }

        #expect(found == size.expected)
        #expect(clock.state.memory[0x17...0x18] == clock.state.memory[0x30...0x31])
    }

    @Test("a reset keeps the time, the memory and the format")
    func reset() {
        put(0x02, 0x05)
        put(0x40, 0x77)

        clock.reset()

        #expect(get(0x02) == 0x05)
        #expect(get(0x40) == 0x77)
    }

    @Test(
        "clocks far from any calendar show some time",
        arguments: [.min, -62_167_219_201, 253_402_300_800, .max] as [Int64])
    func extremeClocks(seconds: Int64) throws {
        host.seconds = seconds
        var state = clock.state
        state.offsetSeconds = seconds
        try clock.restore(state)

        #expect(time.allSatisfy { $0 & 0x0F < 10 && $0 >> 4 < 10 })
    }
}
