// SPDX-License-Identifier: Apache-2.0
internal import Machine
internal import MachineTesting

extension FuzzEntry {
    /// The registers of each device at fixed ports, and the states of all devices.
    static var devices: [FuzzEntry] {
        [
            FuzzEntry("serial") { random in
                DeviceFixtures.driveWithTraffic(DeviceFixtures.serial(), seed: random.next(), count: 2000)
            },
            FuzzEntry("clock") { random in
                DeviceFixtures.driveWithTime(DeviceFixtures.clock(), seed: random.next(), count: 2000)
            },
            FuzzEntry("power") { random in
                DeviceFixtures.driveWithEvents(DeviceFixtures.powerManagement(), seed: random.next(), count: 2000)
            },
            registers("keyboard", KeyboardController.portCount) { KeyboardController {} },
            registers("reset", ResetControl.portCount) { ResetControl {} },
            registers("panic", PanicDevice.portCount) { PanicDevice { _ in } },
            registers("debug-exit", DebugExit.portCount) { DebugExit { _ in } },
            FuzzEntry("states") { random in
                try SavableSubject.all[random.below(SavableSubject.all.count)].checkLaws(random.next())
            },
        ]
    }

    private static func registers(
        _ name: String, _ byteCount: UInt64, make: @escaping () -> any BusDevice
    ) -> FuzzEntry {
        FuzzEntry(name) { random in
            var fuzzer = RegisterFuzzer(seed: random.next(), registerByteCount: byteCount)
            fuzzer.run(on: make(), count: 2000)
        }
    }
}
