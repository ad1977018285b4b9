// SPDX-License-Identifier: Apache-2.0
package import Machine

/// A device as the state laws see it: how to make one at power on, and how to bring it into some state.
package struct SavableSubject: Sendable, CustomStringConvertible {
    package let description: String
    /// Checks every law with what follows from the seed.
    package let checkLaws: @Sendable (_ seed: UInt64) throws(StateLawViolation) -> Void

    /// A device that is driven through its registers alone, of which there are `registerByteCount` bytes.
    package init<Device: SavableDevice & BusDevice & SendableMetatype>(
        _ description: String, registerByteCount: UInt64, make: @escaping @Sendable () -> Device
    ) {
        self.init(description, make: make) { device, seed, count in
            var fuzzer = RegisterFuzzer(seed: seed, registerByteCount: registerByteCount)
            fuzzer.run(on: device, count: count)
        }
    }

    /// A device that `drive` takes for a random walk of `count` steps; it must bear one from any state that loads.
    package init<Device: SavableDevice & SendableMetatype>(
        _ description: String, make: @escaping @Sendable () -> Device,
        drive: @escaping @Sendable (_ device: Device, _ seed: UInt64, _ count: Int) -> Void
    ) {
        self.description = description
        checkLaws = { seed throws(StateLawViolation) in
            try StateLaws(make: make, drive: drive, seed: seed).check()
        }
    }
}
