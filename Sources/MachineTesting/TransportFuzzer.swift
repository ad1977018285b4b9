// SPDX-License-Identifier: Apache-2.0
internal import Board
package import Machine

/// A guest that misuses one virtio function: its configuration space, its registers and its vectors, through every
/// way that leads there. The same seed makes the same accesses.
///
/// What a driver would do comes often enough that the device starts, with something wrong in it now and then.
package struct TransportFuzzer {
    private static let slot = 3

    private let bus = SystemBus()
    private let function: VirtioPCIFunction
    private var random: SplitMix

    package init(_ function: VirtioPCIFunction, seed: UInt64) {
        self.function = function
        random = SplitMix(seed: seed)
        bus.pci.insert(function, at: Self.slot)
        bus.ports.insert(ConfigurationPorts(bus: bus.pci, resetControl: ResetControl {}), at: 0xcf8, byteCount: 8)
        enable()
    }

    /// Makes `count` moves of a few accesses each.
    package mutating func run(count: Int) {
        for _ in 0..<count { move() }
    }

    private mutating func move() {
        switch random.below(8) {
        case 0: accessConfiguration()
        case 1: accessPorts()
        case 2: accessVectors()
        case 3: setUpQueue()
        case 4: start()
        case 5:
            if random.once(in: 8) { bus.pci.reset() }
            if random.once(in: 4) { enable() }
        default: accessRegisters()
        }
    }

    private var vectorBAR: UInt64 { function.space.barAddress(VirtioPCILayout.vectorBARIndex) ?? 0 }
    private var registerBAR: UInt64 { function.space.barAddress(VirtioPCILayout.registerBARIndex) ?? 0 }

    /// Lets the function decode its BARs and, mostly, send interrupts.
    private mutating func enable() {
        write(6, toConfiguration: 4, byteCount: 2)
        if !random.once(in: 4) { write(0x8000, toConfiguration: 0x9a, byteCount: 2) }
    }

    private mutating func accessConfiguration() {
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
    private mutating func accessPorts() {
        write(UInt64(random.below(8)), toConfiguration: 0x88, byteCount: 1)
        write(random.once(in: 4) ? random.number() : UInt64(random.below(0x4000)), toConfiguration: 0x8c, byteCount: 4)
        write(UInt64(1 << random.below(4)), toConfiguration: 0x90, byteCount: 4)
        let width = AccessWidth.allCases[random.below(4)]
        bus.writePort(0x8000_0000 | UInt64(Self.slot) << 11 | 0x94, 0xcf8, width: .long)
        let port = 0xcf8 + UInt16(random.below(8))
        _ = bus.readPort(port, width: width)
        bus.writePort(random.number(), port, width: width)
    }

    private mutating func accessVectors() {
        let offset = UInt64(random.once(in: 4) ? random.below(4096) : random.below(66) * 16 + random.below(4) * 4)
        let byteCount = [1, 2, 4, 4, 4, 8][random.below(6)]
        _ = bus.readMemory(at: vectorBAR &+ offset, byteCount: byteCount)
        let value = random.once(in: 2) ? UInt64(random.below(2)) : random.number()
        bus.writeMemory(value, at: vectorBAR &+ offset, byteCount: byteCount)
        if random.once(in: 4) { function.device.wires.call(random.below(function.device.queueSizes.count)) }
    }

    private mutating func accessRegisters() {
        let offset = UInt64(random.once(in: 4) ? random.below(0x4000) : random.below(0x40))
        let byteCount = 1 << random.below(4)
        _ = bus.readMemory(at: registerBAR &+ offset, byteCount: byteCount)
        bus.writeMemory(random.number(), at: registerBAR &+ offset, byteCount: byteCount)
    }

    /// A queue as a driver sets it up, with something wrong now and then.
    private mutating func setUpQueue() {
        common(UInt64(random.below(function.device.queueSizes.count + 1)), at: 0x16, byteCount: 2)
        if random.once(in: 2) { common(UInt64(random.below(70)), at: 0x1a, byteCount: 2) }
        if random.once(in: 4) { common(random.number(), at: 0x18, byteCount: 2) }
        for (offset, address) in [(0x20, 0x1_0000), (0x28, 0x2_0000), (0x30, 0x3_0000)] {
            let value = random.once(in: 32) ? random.number() : UInt64(address)
            common(value, at: UInt64(offset), byteCount: random.once(in: 2) ? 8 : 4)
        }
        common(1, at: 0x1c, byteCount: 2)
    }

    /// The steps of a driver's start (virtio 1.2 §3.1.1), some left out.
    private mutating func start() {
        if random.once(in: 2) { common(0, at: 0x14, byteCount: 1) }
        common(3, at: 0x14, byteCount: 1)
        for select in 0..<2 as Range<UInt64> where !random.once(in: 8) {
            common(select, at: 0x08, byteCount: 4)
            let offered = function.device.offeredFeatures >> (32 * select)
            common(random.once(in: 8) ? random.number() : offered, at: 0x0c, byteCount: 4)
        }
        if !random.once(in: 8) { common(11, at: 0x14, byteCount: 1) }
        if random.once(in: 2) { setUpQueue() }
        common(random.once(in: 8) ? random.number() : 15, at: 0x14, byteCount: 1)
    }

    private func common(_ value: UInt64, at offset: UInt64, byteCount: Int) {
        bus.writeMemory(value, at: registerBAR &+ offset, byteCount: byteCount)
    }

    private func write(_ value: UInt64, toConfiguration offset: UInt64, byteCount: Int) {
        bus.writeMemory(
            value, at: AddressMap.configurationSpace.start + UInt64(Self.slot) << 15 + offset, byteCount: byteCount)
    }
}
