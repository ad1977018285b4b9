// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Machine

extension SavableSubject {
    /// Every device that can be saved. A new device is one more line.
    package static let all: [SavableSubject] = [
        SavableSubject("serial port", registerByteCount: Serial16550.portCount, make: DeviceFixtures.serial),
        SavableSubject(
            "serial port with traffic", make: DeviceFixtures.serial, drive: DeviceFixtures.driveWithTraffic),
        SavableSubject("real-time clock", make: DeviceFixtures.clock, drive: DeviceFixtures.driveWithTime),
        SavableSubject("keyboard controller", registerByteCount: KeyboardController.portCount) {
            KeyboardController {}
        },
        SavableSubject("reset control", registerByteCount: ResetControl.portCount) { ResetControl {} },
        SavableSubject(
            "power management", make: DeviceFixtures.powerManagement, drive: DeviceFixtures.driveWithEvents),
        SavableSubject("panic device", registerByteCount: PanicDevice.portCount) { PanicDevice { _ in } },
        SavableSubject("debug exit", registerByteCount: DebugExit.portCount) { DebugExit { _ in } },
        SavableSubject("firmware interface", registerByteCount: FirmwareInterface.portCount) {
            DeviceFixtures.firmwareInterface()
        },
        SavableSubject("flash memory", registerByteCount: 8192) { DeviceFixtures.flash() },
        SavableSubject("host bridge", make: DeviceFixtures.hostBridge, drive: DeviceFixtures.driveConfiguration),
        virtio("virtio function") { try DeviceFixtures.function(IdleDevice(queueSizes: [4, 256, 64])) },
        virtio("virtio entropy source") { try DeviceFixtures.served(VirtioEntropy()) },
        virtio("virtio balloon") {
            try DeviceFixtures.served(VirtioBalloon(memoryByteCount: 2 << 20, reportsFreePages: true))
        },
        virtio("virtio network card") {
            try DeviceFixtures.served(VirtioNetwork(attachment: nil, address: MACAddress(rawValue: 0x5254_0012_3456)))
        },
        virtio("virtio network card with two queue pairs") {
            try DeviceFixtures.served(DeviceFixtures.networkCard())
        },
        virtio("virtio disk") { try DeviceFixtures.served(DeviceFixtures.disk()) },
        virtio("virtio console") { try DeviceFixtures.served(VirtioConsole(console: nil, ports: [])) },
        virtio("virtio shared directory") { try DeviceFixtures.served(DeviceFixtures.share()) },
        SavableSubject("9p server", make: DeviceFixtures.fileServer, drive: DeviceFixtures.driveFileServer),
    ]

    private static func virtio(
        _ name: String, make: @escaping @Sendable () throws -> VirtioPCIFunction
    ) -> SavableSubject {
        SavableSubject(
            name,
            make: {
                do { return try make() } catch {
                    preconditionFailure("a test's process has descriptors and memory: \(error)")
                }
            },
            drive: { function, seed, count in
                var fuzzer = TransportFuzzer(function, seed: seed)
                fuzzer.run(count: count / 4)
            })
    }
}
