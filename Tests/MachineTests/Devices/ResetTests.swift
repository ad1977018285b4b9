// SPDX-License-Identifier: Apache-2.0
import Machine
import Testing

@Suite("Reset")
struct ResetTests {
    let resets = Counter()

    @Test("only command 0xFE at port 0x64 resets the machine")
    func keyboardController() {
        let resets = resets
        let device = KeyboardController { resets.increment() }
        for value in 0...255 as ClosedRange<UInt8> where value != 0xFE { device.setByte(4, value) }
        for value in 0...255 as ClosedRange<UInt8> { device.setByte(0, value) }
        #expect(resets.count == 0)

        device.setByte(4, 0xFE)
        #expect(resets.count == 1)
    }

    @Test("a probe that reads status and data in turn sees an absent controller")
    func probe() {
        let device = KeyboardController {}

        let reads = (0..<17).flatMap { _ in [device.byte(4), device.byte(0)] }

        #expect(reads.allSatisfy { $0 == 0xFF })
    }

    @Test("a kernel that waits to send a command waits for one read")
    func waitForInput() {
        let device = KeyboardController {}

        #expect((0..<3).map { _ in device.byte(4) & 0x02 } == [0x02, 0, 0])
        device.setByte(4, 0x20)
        #expect(device.byte(4) == 0xFF)
    }

    @Test("port 0xCF9 resets where bit 2 is set", arguments: 0...255 as ClosedRange<UInt8>)
    func resetControl(value: UInt8) {
        let resets = resets
        let device = ResetControl { resets.increment() }

        device.setByte(0, value)

        #expect(resets.count == (value & 0x04 == 0 ? 0 : 1))
        #expect(device.byte(0) == value & 0x0A)
    }
}
