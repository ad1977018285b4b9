// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("PCI configuration space")
struct PCIConfigurationSpaceTests {
    static func sample() -> PCIConfigurationSpace {
        .virtio(.block, vectorCount: 5)
    }

    @Test("a function says who it is, and nobody can change it")
    func identity() {
        var space = Self.sample()

        for offset in [0x00, 0x08, 0x2c] { space.write(.max, at: offset, byteCount: 4) }

        #expect(space.read(at: 0x00, byteCount: 4) == 0x1042_1af4)
        #expect(space.read(at: 0x08, byteCount: 4) == 0x0100_0001)
        #expect(space.read(at: 0x0e, byteCount: 1) == 0)
        #expect(space.read(at: 0x2c, byteCount: 4) == 0x1100_1af4)
        #expect(space.read(at: 0x3d, byteCount: 1) == 0)
    }

    @Test("writing all ones to a BAR reads as its size, and its address survives")
    func sizing() {
        var space = Self.sample()

        for register in stride(from: 0x10, to: 0x28, by: 4) { space.write(.max, at: register, byteCount: 4) }

        let sizes = stride(from: 0x10, to: 0x28, by: 4).map { space.read(at: $0, byteCount: 4) }
        #expect(sizes == [0, 0xffff_f000, 0, 0, 0xffff_c00c, 0xffff_ffff])
        space.write(0xc123_4567, at: 0x14, byteCount: 4)
        space.write(0x0001_2345, at: 0x20, byteCount: 4)
        space.write(8, at: 0x24, byteCount: 4)
        #expect(space.barAddress(1) == 0xc123_4000)
        #expect(space.barAddress(4) == 0x8_0001_0000)
        #expect([0, 2, 3, 5, 6, -1].allSatisfy { space.barAddress($0) == nil })
    }

    @Test("a BAR can be written byte by byte")
    func bytewise() {
        var space = Self.sample()

        for (index, byte) in [0xff, 0x5f, 0x34, 0xd2].enumerated() {
            space.write(UInt32(byte), at: 0x14 + index, byteCount: 1)
        }

        #expect(space.barAddress(1) == 0xd234_5000)
        #expect(space.read(at: 0x16, byteCount: 2) == 0xd234)
    }

    @Test("the command register switches decoding and mastering")
    func command() {
        var space = Self.sample()
        #expect(!space.isMemoryEnabled && !space.isBusMasterEnabled)

        let isChanged = space.write(0xffff, at: 4, byteCount: 2)

        #expect(isChanged)
        #expect(space.read(at: 4, byteCount: 2) == 0x0547)
        #expect(space.isMemoryEnabled && space.isBusMasterEnabled)
        let isChangedAgain = space.write(0x0547, at: 4, byteCount: 2)
        #expect(!isChangedAgain)
        space.write(0, at: 4, byteCount: 1)
        #expect(!space.isMemoryEnabled && !space.isBusMasterEnabled)
    }

    @Test("status bits cannot be set, and the one for capabilities not cleared")
    func status() {
        var space = Self.sample()

        space.write(0xffff_0000, at: 4, byteCount: 4)
        #expect(space.read(at: 6, byteCount: 2) == 0x10)

        space.setRegister(6, to: UInt16(0xf910))
        space.write(0x8000, at: 6, byteCount: 2)
        #expect(space.read(at: 6, byteCount: 2) == 0x7910)
    }

    @Test("the list of capabilities is QEMU's")
    func capabilities() {
        let space = Self.sample()
        var offsets: [Int] = []
        var offset = Int(space.read(at: 0x34, byteCount: 1))
        while offset != 0, offsets.count < 48 {
            offsets.append(offset)
            offset = Int(space.read(at: offset + 1, byteCount: 1))
        }

        #expect(offsets == [0x98, 0x84, 0x70, 0x60, 0x50, 0x40])
        #expect(offsets.map { space.read(at: $0, byteCount: 1) } == [0x11, 9, 9, 9, 9, 9])
        // Type, BAR, offset and length of the structures.
        let structures = [0x40, 0x50, 0x60, 0x70].map { offset in
            [3, 4].map { space.read(at: offset + $0, byteCount: 1) }
                + [8, 12].map { space.read(at: offset + $0, byteCount: 4) }
        }
        #expect(
            structures == [
                [1, 4, 0, 0x1000], [3, 4, 0x1000, 0x1000], [4, 4, 0x2000, 0x1000], [2, 4, 0x3000, 0x1000],
            ])
        #expect(space.read(at: 0x80, byteCount: 4) == 4)
        #expect(space.read(at: 0x86, byteCount: 2) == 0x0514)
        #expect(space.read(at: 0x98, byteCount: 4) == 0x0004_8411)
        #expect(space.read(at: 0x9c, byteCount: 4) == 1)
        #expect(space.read(at: 0xa0, byteCount: 4) == 0x801)
    }

    @Test("MSI-X is enabled and masked by the guest")
    func messageSignalledInterrupts() {
        var space = Self.sample()
        #expect(!space.isMSIXEnabled && !space.isMSIXFunctionMasked)

        space.write(0xffff_ffff, at: 0x98, byteCount: 4)
        #expect(space.isMSIXEnabled && space.isMSIXFunctionMasked)
        #expect(space.read(at: 0x98, byteCount: 4) == 0xc004_8411)

        space.write(0x80, at: 0x9b, byteCount: 1)
        #expect(space.isMSIXEnabled && !space.isMSIXFunctionMasked)
        #expect(!PCIConfigurationSpace.hostBridge().isMSIXEnabled)
    }

    @Test("an access through the virtio capability is handed on only where it can be done")
    func configurationAccess() {
        var space = Self.sample()
        #expect(VirtioConfigurationAccess(in: space) == nil)

        space.write(4, at: 0x88, byteCount: 1)
        space.write(0x2004, at: 0x8c, byteCount: 4)
        space.write(4, at: 0x90, byteCount: 4)
        let access = VirtioConfigurationAccess(in: space)
        #expect(access?.bar == 4 && access?.offset == 0x2004 && access?.byteCount == 4)

        for (bar, offset, byteCount) in [(4, 0x3ffd, 4), (4, 0x4000, 1), (4, 1, 2), (4, 0, 3), (5, 0, 4), (255, 0, 1)] {
            space.write(UInt32(bar), at: 0x88, byteCount: 1)
            space.write(UInt32(offset), at: 0x8c, byteCount: 4)
            space.write(UInt32(byteCount), at: 0x90, byteCount: 4)
            #expect(VirtioConfigurationAccess(in: space) == nil, "\(bar) \(offset) \(byteCount)")
        }
        space.write(.max, at: 0x8c, byteCount: 4)
        space.write(.max, at: 0x90, byteCount: 4)
        #expect(VirtioConfigurationAccess(in: space) == nil)
    }

    @Test("accesses of wrong size or alignment read as ones and change nothing")
    func wrongAccesses() {
        let original = Self.sample()
        for (offset, byteCount) in [(1, 2), (2, 4), (0, 3), (0, 8), (0, 0), (-4, 4), (4096, 4), (4095, 2)] {
            var space = original
            space.write(.max, at: offset, byteCount: byteCount)

            #expect(space == original)
            let ones: UInt32 = byteCount == 2 ? 0xffff : .max
            #expect(space.read(at: offset, byteCount: byteCount) == ones, "\(offset) \(byteCount)")
        }
        #expect(original.read(at: 4096, byteCount: 1) == 0xff)
        #expect(original.read(at: 256, byteCount: 4) == 0)
        #expect(original.read(at: 4092, byteCount: 4) == 0)
    }

    @Test("random accesses never trap, never change what cannot change, and can be saved and restored")
    func randomAccesses() {
        let seed: UInt64 = 0x5eed_0002
        var generator = SeededGenerator(seed: seed)
        var space = Self.sample()
        for round in 0..<4_000 {
            let offset = Int.random(in: -8...4200, using: &generator)
            let near = round % 2 == 0 ? offset & 0xff : offset
            let byteCount = [1, 2, 4, 4, 3, 8, 0, -1][Int.random(in: 0..<8, using: &generator)]
            space.write(UInt32.random(in: 0...(.max), using: &generator), at: near, byteCount: byteCount)
            _ = space.read(at: near, byteCount: byteCount)
        }
        #expect(space.read(at: 0, byteCount: 4) == 0x1042_1af4, "seed \(seed)")

        var copy = Self.sample()
        let isRestored = copy.restore(space.contents)
        #expect(isRestored)
        #expect(copy == space, "seed \(seed)")
    }

    @Test("another function's contents are not restored")
    func foreignContents() {
        var space = Self.sample()
        let original = space

        let results = [
            space.restore(PCIConfigurationSpace.virtio(.network, vectorCount: 5).contents),
            space.restore(PCIConfigurationSpace.virtio(.block, vectorCount: 6).contents),
            space.restore([]),
        ]

        #expect(results == [false, false, false])
        #expect(space == original)
    }

    @Test("the bridges are Q35's")
    func bridges() {
        var host = PCIConfigurationSpace.hostBridge()
        var bridge = PCIConfigurationSpace.lpcBridge()
        for offset in stride(from: 0x40, to: 0x100, by: 4) {
            host.write(.max, at: offset, byteCount: 4)
            bridge.write(.max, at: offset, byteCount: 4)
        }

        #expect(host.read(at: 0, byteCount: 4) == 0x29c0_8086)
        #expect(host.read(at: 0x0a, byteCount: 2) == 0x0600)
        #expect(host.read(at: 0x60, byteCount: 4) == 0xb000_0001)
        #expect(host.read(at: 0x64, byteCount: 4) == 0)
        #expect(bridge.read(at: 0, byteCount: 4) == 0x2918_8086)
        #expect(bridge.read(at: 0x0a, byteCount: 2) == 0x0601)
        #expect(bridge.read(at: 0x40, byteCount: 4) == 0x601)
        #expect(bridge.read(at: 0x44, byteCount: 4) == 0x80)
        #expect(host.read(at: 0x0e, byteCount: 1) == 0 && bridge.read(at: 0x0e, byteCount: 1) == 0)
    }

    @Test("each virtio device has its number and class", arguments: VirtioDeviceType.allCases)
    func virtio(type: VirtioDeviceType) {
        let space = PCIConfigurationSpace.virtio(type, vectorCount: VirtioPCILayout.vectorLimit)

        #expect(space.read(at: 2, byteCount: 2) == 0x1040 + UInt32(type.rawValue))
        #expect(space.read(at: 8, byteCount: 4) == type.classCode << 8 | 1)
        #expect(space.read(at: 0x9a, byteCount: 2) == 63)
    }
}
