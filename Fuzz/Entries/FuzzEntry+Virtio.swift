// SPDX-License-Identifier: Apache-2.0
internal import MachineTesting

extension FuzzEntry {
    /// The transport of all virtio devices, and the rings of each.
    static var virtio: [FuzzEntry] {
        [
            FuzzEntry("virtio-pci", transport)
        ]
    }

    /// After each few moves the rules of KVM and of the device's protocol must have been kept.
    private static func transport(_ random: inout SplitMix) throws {
        let queueSizes = (0..<1 + random.below(66)).map { _ in UInt16(1) << UInt16(random.below(11)) }
        let device = try IdleDevice(queueSizes: queueSizes)
        let router = RouterProbe(limit: UInt32(random.below(80)))
        let binder = BinderProbe()
        let function = try DeviceFixtures.function(device, router: router, binder: binder)
        var fuzzer = TransportFuzzer(function, seed: random.next())
        for _ in 0..<40 {
            fuzzer.run(count: 8)
            try Finding.check(router.violations + binder.violations + device.violations)
        }
    }
}
