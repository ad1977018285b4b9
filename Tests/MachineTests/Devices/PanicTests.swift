// SPDX-License-Identifier: Apache-2.0
import Machine
import Testing

@Suite("Panic and exit")
struct PanicTests {
    @Test(
        "the panic device reports the events it lists",
        arguments: [
            (0x00, []), (0x01, [.panicked]), (0x02, [.crashLoaded]), (0x03, [.panicked, .crashLoaded]), (0xFC, []),
        ] as [(UInt8, [PanicEvent])])
    func panic(value: UInt8, expected: [PanicEvent]) {
        final class Log { var events: [PanicEvent] = [] }
        let log = Log()
        let device = PanicDevice { log.events.append($0) }
        #expect(device.byte(0) == 0x03)

        device.setByte(0, value)

        #expect(log.events == expected)
    }

    @Test(
        "the exit code is the value doubled plus one",
        arguments: [(0, 1), (1, 3), (42, 85), (0x80, 1), (0x1FF, 0xFF)])
    func debugExit(value: UInt64, code: UInt8) {
        final class Log { var codes: [UInt8] = [] }
        let log = Log()
        let device = DebugExit { log.codes.append($0) }

        device.write(value, at: 0, width: .long)

        #expect(log.codes == [code])
    }
}
