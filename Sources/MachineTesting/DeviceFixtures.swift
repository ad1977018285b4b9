// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import CMachine
internal import Configuration
internal import DiskImage
internal import Glibc
internal import Host
package import Machine

/// Devices with a host that does nothing, and hosts that do something.
package enum DeviceFixtures {
    /// A serial port whose line leads nowhere.
    @Sendable package static func serial() -> Serial16550 { Serial16550(name: "serial0", line: WireProbe()) }

    /// A clock on a host where a second passes whenever it looks.
    @Sendable package static func clock() -> RealTimeClock {
        let host = RunningClock()
        return RealTimeClock(line: WireProbe(), memoryBelow4GiB: 1 << 30, memoryAbove4GiB: 0) { host.next() }
    }

    /// Power management at one moment of the host.
    @Sendable package static func powerManagement() -> PowerManagement {
        PowerManagement(sci: WireProbe(), nanoseconds: { 77_000_000_000 }, powerOff: {})
    }

    /// Random accesses while the host's time passes, with the control thread awake now and then.
    @Sendable package static func driveWithTime(_ clock: RealTimeClock, seed: UInt64, count: Int) {
        var fuzzer = RegisterFuzzer(seed: seed, registerByteCount: RealTimeClock.portCount)
        for step in 0..<count {
            fuzzer.access(clock)
            if step % 8 == 0 { clock.advance() }
        }
    }

    /// Random accesses with input from the host, and output that it takes now and then.
    @Sendable package static func driveWithTraffic(_ port: Serial16550, seed: UInt64, count: Int) {
        var fuzzer = RegisterFuzzer(seed: seed, registerByteCount: Serial16550.portCount)
        var random = SplitMix(seed: ~seed)
        for _ in 0..<count {
            fuzzer.access(port)
            switch random.next() % 16 {
            case 0:
                _ = port.receive([UInt8](repeating: 0x5A, count: Int(random.next() % 64)))
            case 1: port.discardOutput(Int(random.next() % 8))
            default: break
            }
        }
    }

    /// Random accesses with buttons pressed and events raised in between.
    @Sendable package static func driveWithEvents(_ device: PowerManagement, seed: UInt64, count: Int) {
        var fuzzer = RegisterFuzzer(seed: seed, registerByteCount: PowerManagement.portCount)
        var random = SplitMix(seed: ~seed)
        for _ in 0..<count {
            fuzzer.access(device)
            switch random.next() % 16 {
            case 0: device.pressPowerButton()
            case 1: device.raiseGeneralEvent(Int(random.next() % UInt64(PowerManagement.generalEventCount)))
            default: break
            }
        }
    }

    /// A virtio function before `device`, with its BARs placed.
    package static func function(
        _ device: any VirtioDevice, router: RouterProbe = RouterProbe(), binder: BinderProbe = BinderProbe()
    ) throws -> VirtioPCIFunction {
        let vectorCount = min(device.queueSizes.count + 1, VirtioPCILayout.vectorLimit)
        var space = PCIConfigurationSpace.virtio(.entropy, vectorCount: vectorCount)
        space.setBARAddress(VirtioPCILayout.vectorBARIndex, to: 0xc000_0000)
        space.setBARAddress(VirtioPCILayout.registerBARIndex, to: 0x8_0000_0000)
        return VirtioPCIFunction(
            device, name: "virtio0", space: space, memory: try GuestMemory(lowByteCount: 2 << 20), router: router,
            binder: binder)
    }

    /// A virtio function before a device that the calling thread serves.
    package static func served(_ device: any ThreadedDevice) throws -> VirtioPCIFunction {
        try device.begin()
        for companion in device.companions { try companion.begin() }
        return try function(device)
    }

    /// A network card of two queue pairs whose other side has gone.
    package static func networkCard() throws -> VirtioNetwork {
        var attachments: [any FrameAttachment] = []
        for _ in 0..<2 {
            try SocketPair().split { (near, far) in attachments.append(PasstAttachment(owning: near)) }
        }
        return try VirtioNetwork(.frames(attachments), address: MACAddress(rawValue: 0x5254_0012_3457), mtu: 9000)
    }

    /// A disk of 1 MiB in memory.
    package static func disk() throws -> VirtioBlock {
        let number = unsafe memfd_create("disk", 0)
        guard number >= 0, ftruncate(number, 1 << 20) == 0 else {
            throw SystemCallError(call: "memfd_create", code: errno)
        }
        return try VirtioBlock(
            image: RawImage(owning: Descriptor(owning: number), isReadOnly: false), serial: "laws", queueCount: 2,
            deniesRing: false)
    }
}
