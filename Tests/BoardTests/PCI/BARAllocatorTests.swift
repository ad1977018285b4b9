// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("BAR allocator")
struct BARAllocatorTests {
    @Test("thirty functions get BARs that are aligned, in their windows, and apart")
    func assigned() throws {
        let map = try AddressMap(memoryByteCount: 4 << 30)
        var allocator = BARAllocator(map: map)
        var ranges: [AddressRange] = []

        for _ in PCIFunctionAddress.freeDevices {
            var space = PCIConfigurationSpace.virtio(.block, vectorCount: 2)
            try allocator.assign(&space)
            let vectors = try #require(space.barAddress(1))
            let registers = try #require(space.barAddress(4))
            ranges.append(AddressRange(start: vectors, byteCount: 0x1000))
            ranges.append(AddressRange(start: registers, byteCount: 0x4000))
            #expect(AddressMap.pciWindow32.contains(ranges[ranges.count - 2]))
            #expect(map.pciWindow64.contains(ranges[ranges.count - 1]) && registers % 0x4000 == 0)
            #expect(space.read(at: 0x20, byteCount: 1) & 0xf == 0xc)
            #expect(!space.isMemoryEnabled)
        }

        for (index, range) in ranges.enumerated() {
            #expect(!ranges.dropFirst(index + 1).contains { $0.overlaps(range) })
        }
    }

    @Test("a large BAR after a small one is naturally aligned, and a full window is an error")
    func full() throws {
        var allocator = BARAllocator(map: try AddressMap(memoryByteCount: 64 << 20))
        func space(_ byteCount: UInt64) -> PCIConfigurationSpace {
            var space = PCIConfigurationSpace(PCIIdentity(vendor: 1, device: 1, classCode: 0, revision: 0))
            space.add(PCIBAR(byteCount: byteCount, is64Bit: false, isPrefetchable: false), at: 0)
            return space
        }
        var small = space(0x1000)
        var large = space(0x1000_0000)
        var huge = space(0x4000_0000)

        try allocator.assign(&small)
        try allocator.assign(&large)

        #expect(small.barAddress(0) == 0xc000_0000)
        #expect(large.barAddress(0) == 0xd000_0000)
        #expect(throws: BARAllocationError.self) { try allocator.assign(&huge) }
    }

    @Test("addresses of configuration space are taken apart")
    func decode() {
        let window = PCIFunctionAddress.decode(offset: 0x12f_a123)
        let ports = PCIFunctionAddress.decode(configurationAddress: 0x8012_fa47)

        #expect(window.function == PCIFunctionAddress(bus: 0x12, device: 0x1f, function: 2))
        #expect(window.register == 0x123)
        #expect(ports?.function == PCIFunctionAddress(bus: 0x12, device: 0x1f, function: 2))
        #expect(ports?.register == 0x44)
        #expect(PCIFunctionAddress.decode(configurationAddress: 0x7fff_ffff) == nil)
        #expect(PCIFunctionAddress.lpcBridge.description == "00:1f.0")
        #expect(PCIFunctionAddress.decode(offset: .max).register == 0xfff)
    }
}
