// SPDX-License-Identifier: Apache-2.0
import Machine
import MachineTesting
import Testing

@Suite("Register fuzzing")
struct RegisterFuzzTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let registerByteCount: UInt64
        let make: @Sendable () -> any BusDevice
    }

    static let subjects = [
        Subject(testDescription: "serial port", registerByteCount: Serial16550.portCount, make: DeviceFixtures.serial),
        Subject(testDescription: "clock", registerByteCount: RealTimeClock.portCount, make: DeviceFixtures.clock),
        Subject(testDescription: "keyboard controller", registerByteCount: KeyboardController.portCount) {
            KeyboardController {}
        },
        Subject(testDescription: "reset control", registerByteCount: ResetControl.portCount) { ResetControl {} },
        Subject(
            testDescription: "power management", registerByteCount: PowerManagement.portCount,
            make: DeviceFixtures.powerManagement),
        Subject(testDescription: "panic device", registerByteCount: PanicDevice.portCount) { PanicDevice { _ in } },
        Subject(testDescription: "debug exit", registerByteCount: DebugExit.portCount) { DebugExit { _ in } },
    ]

    @Test("no access to a register traps", arguments: subjects)
    func accesses(to subject: Subject) {
        let seed = UInt64.random(in: 0 ... .max)
        print("fuzzing the registers of \(subject.testDescription) with seed \(seed)")
        var fuzzer = RegisterFuzzer(seed: seed, registerByteCount: subject.registerByteCount)

        fuzzer.run(on: subject.make(), count: 20_000)
    }

    @Test("a seed always makes the same accesses")
    func reproducible() {
        let states = (0..<2).map { _ in
            let device = DeviceFixtures.serial()
            DeviceFixtures.driveWithTraffic(device, seed: 4711, count: 5000)
            return device.state
        }

        #expect(states[0] == states[1])
        #expect(states[0] != Serial16550State())
    }
}
