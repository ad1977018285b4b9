// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import Machine
internal import MachineTesting

/// A guest that misuses one virtio function: its configuration space, its registers and its vectors, through every
/// way that leads there.
struct TransportGuest {
    private static let slot = 3
    private static let vectorBAR: UInt64 = 0xc000_0000
    private static let registerBAR: UInt64 = 0x8_0000_0000

    private let bus = SystemBus()
    private let device: IdleDevice
    private let router: RouterProbe
    private let binder = BinderProbe()

    init(_ random: inout SplitMix) throws {
        let queueSizes = (0..<1 + random.below(66)).map { _ in UInt16(1) << UInt16(random.below(11)) }
        device = try IdleDevice(queueSizes: queueSizes)
        router = RouterProbe(limit: UInt32(random.below(80)))
        let vectorCount = min(queueSizes.count + 1, VirtioPCILayout.vectorLimit)
        var space = PCIConfigurationSpace.virtio(.entropy, vectorCount: vectorCount)
        space.setBARAddress(VirtioPCILayout.vectorBARIndex, to: Self.vectorBAR)
        space.setBARAddress(VirtioPCILayout.registerBARIndex, to: Self.registerBAR)
        let function = VirtioPCIFunction(
            device, name: "fuzz0", space: space, memory: try GuestMemory(lowByteCount: 2 << 20), router: router,
            binder: binder)
        bus.pci.insert(function, at: Self.slot)
        bus.ports.insert(ConfigurationPorts(bus: bus.pci, resetControl: ResetControl {}), at: 0xcf8, byteCount: 8)
        write(6, toConfiguration: 4, byteCount: 2)
        if !random.once(in: 4) { write(0x8000, toConfiguration: 0x9a, byteCount: 2) }
    }

    /// Makes accesses, and checks after each that the rules of KVM and of the device's protocol were kept.
    mutating func run(moves: Int, _ random: inout SplitMix) throws {
        for _ in 0..<moves {
            switch random.below(8) {
            case 0: accessConfiguration(&random)
            case 1: accessPorts(&random)
            case 2: accessVectors(&random)
            case 3: setUpQueue(&random)
            case 4: start(&random)
            case 5: if random.once(in: 8) { bus.pci.reset() }
            default: accessRegisters(&random)
            }
            try Finding.check(router.violations + binder.violations + device.violations)
        }
    }

    private func accessConfiguration(_ random: inout SplitMix) {
        let offset = random.once(in: 2) ? random.below(4096) : 0x84 + random.below(0x20)
        let byteCount = random.once(in: 8) ? random.below(9) : 1 << random.below(3)
        let address = AddressMap.configurationSpace.start + UInt64(Self.slot) << 15 + UInt64(offset)
        // The command register and the BARs stay as they are most of the time, or nothing else is reached.
        if offset < 0x40 && !random.once(in: 64) || random.once(in: 2) {
            _ = bus.readMemory(at: address, byteCount: byteCount)
        } else {
            bus.writeMemory(random.number(), at: address, byteCount: byteCount)
        }
    }

    /// The access capability: any BAR, offset and length; then the data.
    private func accessPorts(_ random: inout SplitMix) {
        write(UInt64(random.below(8)), toConfiguration: 0x88, byteCount: 1)
        write(random.once(in: 4) ? random.number() : UInt64(random.below(0x4000)), toConfiguration: 0x8c, byteCount: 4)
        write(UInt64(1 << random.below(4)), toConfiguration: 0x90, byteCount: 4)
        let width = AccessWidth.allCases[random.below(4)]
        bus.writePort(0x8000_0000 | UInt64(Self.slot) << 11 | 0x94, 0xcf8, width: .long)
        let port = 0xcf8 + UInt16(random.below(8))
        _ = bus.readPort(port, width: width)
        bus.writePort(random.number(), port, width: width)
    }

    private func accessVectors(_ random: inout SplitMix) {
        let offset = UInt64(random.once(in: 4) ? random.below(4096) : random.below(66) * 16 + random.below(4) * 4)
        let byteCount = [1, 2, 4, 4, 4, 8][random.below(6)]
        _ = bus.readMemory(at: Self.vectorBAR + offset, byteCount: byteCount)
        let value = random.once(in: 2) ? UInt64(random.below(2)) : random.number()
        bus.writeMemory(value, at: Self.vectorBAR + offset, byteCount: byteCount)
        if random.once(in: 4) { device.wires.call(random.below(device.queueSizes.count)) }
    }

    private func accessRegisters(_ random: inout SplitMix) {
        let offset = UInt64(random.once(in: 4) ? random.below(0x4000) : random.below(0x40))
        let byteCount = 1 << random.below(4)
        _ = bus.readMemory(at: Self.registerBAR + offset, byteCount: byteCount)
        bus.writeMemory(random.number(), at: Self.registerBAR + offset, byteCount: byteCount)
    }

    /// A queue as a driver sets it up, with something wrong now and then.
    private func setUpQueue(_ random: inout SplitMix) {
        common(UInt64(random.below(device.queueSizes.count + 1)), at: 0x16, byteCount: 2)
        if random.once(in: 2) { common(UInt64(random.below(70)), at: 0x1a, byteCount: 2) }
        if random.once(in: 4) { common(random.number(), at: 0x18, byteCount: 2) }
        for (offset, address) in [(0x20, 0x1_0000), (0x28, 0x2_0000), (0x30, 0x3_0000)] {
            let value = random.once(in: 32) ? random.number() : UInt64(address)
            common(value, at: UInt64(offset), byteCount: random.once(in: 2) ? 8 : 4)
        }
        common(1, at: 0x1c, byteCount: 2)
    }

    /// The steps of a driver's start (virtio 1.2 §3.1.1), some left out.
    private func start(_ random: inout SplitMix) {
        if random.once(in: 2) { common(0, at: 0x14, byteCount: 1) }
        common(3, at: 0x14, byteCount: 1)
        for select in 0..<2 as Range<UInt64> where !random.once(in: 8) {
            common(select, at: 0x08, byteCount: 4)
            let offered = device.offeredFeatures >> (32 * select)
            common(random.once(in: 8) ? random.number() : offered, at: 0x0c, byteCount: 4)
        }
        if !random.once(in: 8) { common(11, at: 0x14, byteCount: 1) }
        if random.once(in: 2) { setUpQueue(&random) }
        common(random.once(in: 8) ? random.number() : 15, at: 0x14, byteCount: 1)
    }

    private func common(_ value: UInt64, at offset: UInt64, byteCount: Int) {
        bus.writeMemory(value, at: Self.registerBAR + offset, byteCount: byteCount)
    }

    private func write(_ value: UInt64, toConfiguration offset: UInt64, byteCount: Int) {
        bus.writeMemory(
            value, at: AddressMap.configurationSpace.start + UInt64(Self.slot) << 15 + offset, byteCount: byteCount)
    }
}
