// SPDX-License-Identifier: Apache-2.0
import Machine
import MachineTesting
import Testing

@Suite("Power management")
struct PowerManagementTests {
    final class HostClock {
        var nanoseconds: UInt64 = 123_456_789_012
    }

    let wire = WireProbe()
    let host = HostClock()
    let powerOffs = Counter()
    let device: PowerManagement

    init() {
        let (host, powerOffs) = (host, powerOffs)
        device = PowerManagement(
            sci: wire, isTimer32Bit: true, nanoseconds: { host.nanoseconds },
            powerOff: { powerOffs.increment() })
    }

    @Test("the power button raises the interrupt once it is enabled, until its status is cleared")
    func powerButton() {
        device.pressPowerButton()
        #expect(!wire.isHigh)
        #expect(device.read(at: 0, width: .word) == 0x0100)

        device.write(0x0120, at: 2, width: .word)
        #expect(device.read(at: 2, width: .word) == 0x0120)
        #expect(wire.isHigh)

        device.write(0xFEFF, at: 0, width: .word)
        #expect(wire.isHigh, "other bits do not clear it")
        device.write(0x0100, at: 0, width: .word)
        #expect(!wire.isHigh)
        device.pressPowerButton()
        #expect(wire.isHigh)
    }

    @Test("status and enable go in one long write")
    func longWrite() {
        device.pressPowerButton()

        device.write(0x0100_0100, at: 0, width: .long)

        #expect(device.read(at: 0, width: .long) == 0x0100_0000)
        #expect(!wire.isHigh)
    }

    @Test("ACPI mode cannot be left")
    func acpiMode() {
        #expect(device.read(at: 4, width: .word) == 0x0001)
        device.write(0x0000, at: 4, width: .word)
        #expect(device.read(at: 4, width: .word) == 0x0001)
    }

    @Test("sleep with type 0 is power off; no other type is anything")
    func softOff() {
        for type in 1..<8 as Range<UInt64> { device.write(1 << 13 | type << 10, at: 4, width: .word) }
        device.write(0 << 10, at: 4, width: .word)
        #expect(powerOffs.count == 0)

        device.write(1 << 13, at: 4, width: .word)
        #expect(powerOffs.count == 1)
        device.setByte(5, 0x20)
        #expect(powerOffs.count == 2)
        #expect(device.read(at: 4, width: .word) == 0x0001, "the enable bit reads zero")
    }

    @Test("the timer ticks 3,579,545 times a second and wraps at 32 bits")
    func timer() {
        #expect(device.read(at: 8, width: .long) == 0)
        host.nanoseconds += 1_000_000_000
        #expect(abs(Int64(device.read(at: 8, width: .long)) - 3_579_545) <= 1)
        host.nanoseconds += 3_600_000_000_000
        let expected = (3601 * PowerManagement.timerFrequency) % (1 << 32)
        #expect(abs(Int64(device.read(at: 8, width: .long)) - Int64(expected)) <= 1)
        device.write(0, at: 8, width: .long)
        #expect(device.read(at: 8, width: .long) != 0)
    }

    @Test("a 24-bit timer has 24 bits")
    func shortTimer() {
        let host = host
        let device = PowerManagement(sci: wire, nanoseconds: { host.nanoseconds }, powerOff: {})
        host.nanoseconds = .max

        #expect(device.read(at: 8, width: .long) < 1 << 24)
    }

    @Test("the timer goes on in another process from where it was")
    func timerAfterRestore() throws {
        host.nanoseconds += 1_000_000_000
        let other = PowerManagement(sci: WireProbe(), isTimer32Bit: true, nanoseconds: { 5 }, powerOff: {})

        try other.restore(device.state)

        #expect(other.read(at: 8, width: .long) == device.read(at: 8, width: .long))
    }

    @Test("general-purpose events are enabled, raised and cleared bit by bit", arguments: 0..<8)
    func generalEvent(number: Int) {
        device.raiseGeneralEvent(number)
        #expect(!wire.isHigh)
        device.write(1 << UInt64(number), at: 0x21, width: .byte)
        #expect(wire.isHigh)
        #expect(device.byte(0x20) == 1 << number)

        device.write(~(1 << UInt64(number)), at: 0x20, width: .byte)
        #expect(wire.isHigh)
        device.write(1 << UInt64(number), at: 0x20, width: .byte)
        #expect(!wire.isHigh)
    }

    @Test("where there is no register all bits are ones")
    func gaps() {
        #expect(device.read(at: 0x0C, width: .long) == 0xFFFF_FFFF)
        #expect(device.read(at: 0x30, width: .word) == 0xFFFF)
    }

    @Test("a reset lowers the interrupt")
    func reset() {
        device.write(0x0100, at: 2, width: .word)
        device.pressPowerButton()

        device.reset()

        #expect(!wire.isHigh)
        #expect(device.read(at: 0, width: .long) == 0)
    }

    @Test("a state with bits that no register has is refused")
    func impossibleState() {
        var state = device.state
        state.status = 0x0001

        #expect(throws: StateError.invalidValue(id: 1)) { try device.restore(state) }
    }
}
