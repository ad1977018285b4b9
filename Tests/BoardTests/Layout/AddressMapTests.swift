// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("Address map")
struct AddressMapTests {
    static let mebibyte: UInt64 = 1 << 20
    static let sizes: [UInt64] = [32, 64, 512, 2048, 2815, 2816, 3072, 4096, 8192, 28 * 1024, 30 * 1024]

    @Test("memory below 0xb0000000 bytes is all low", arguments: [32, 512, 2815] as [UInt64])
    func allLow(mebibytes: UInt64) throws {
        let map = try AddressMap(memoryByteCount: mebibytes * Self.mebibyte)

        #expect(map.lowMemory == AddressRange(start: 0, byteCount: mebibytes * Self.mebibyte))
        #expect(map.highMemory == nil)
        #expect(map.memoryRegions.count == 1)
    }

    @Test("more memory ends at 2 GiB and goes on at 4 GiB")
    func split() throws {
        let map = try AddressMap(memoryByteCount: 2816 * Self.mebibyte)

        #expect(map.lowMemory.end == 0x8000_0000)
        #expect(map.highMemory == AddressRange(start: 0x1_0000_0000, byteCount: 768 * Self.mebibyte))
        #expect(map.memoryRegions.map(\.offset) == [0, 0x8000_0000])
    }

    @Test("the regions hold all the memory, and nothing overlaps anything", arguments: sizes)
    func disjoint(mebibytes: UInt64) throws {
        let map = try AddressMap(memoryByteCount: mebibytes * Self.mebibyte)

        #expect(map.memoryRegions.map(\.range.byteCount).reduce(0, +) == mebibytes * Self.mebibyte)
        let all =
            map.memoryRegions.map(\.range) + [
                AddressMap.configurationSpace, AddressMap.pciWindow32, AddressMap.ioAPIC, AddressMap.localAPIC,
                AddressMap.kvmIdentityMap, AddressMap.kvmTaskState, map.pciWindow64,
            ]
        for (index, range) in all.enumerated() {
            for other in all.dropFirst(index + 1) {
                let isKVMPage = other == AddressMap.kvmIdentityMap || other == AddressMap.kvmTaskState
                if range == AddressMap.localAPIC && isKVMPage { continue }
                #expect(!range.overlaps(other), "\(range) \(other)")
            }
        }
        #expect(map.pciWindow64.start % (1 << 30) == 0)
        #expect(map.pciWindow64.start >= 0x8_0000_0000)
    }

    @Test("the memory map ascends, does not overlap, and calls nothing usable that is not RAM", arguments: sizes)
    func memoryMap(mebibytes: UInt64) throws {
        let map = try AddressMap(memoryByteCount: mebibytes * Self.mebibyte)
        let entries = map.memoryMap

        for (first, second) in zip(entries, entries.dropFirst()) {
            #expect(first.range.end <= second.range.start)
        }
        for entry in entries where entry.kind == .usable {
            #expect(map.memoryRegions.contains { $0.range.contains(entry.range) })
            #expect(!entry.range.overlaps(AddressRange(start: 0xa_0000, byteCount: 0x6_0000)))
        }
        let usable = entries.filter { $0.kind == .usable }.map(\.range.byteCount).reduce(0, +)
        #expect(usable == mebibytes * Self.mebibyte - (0x10_0000 - 0x9_fc00))
    }

    @Test("sizes that the board cannot offer are refused with the numbers")
    func refused() throws {
        #expect(throws: AddressMapError.memoryTooSmall(found: 31 << 20, minimum: 32 << 20)) {
            try AddressMap(memoryByteCount: 31 << 20)
        }
        #expect(throws: AddressMapError.memoryNotAligned(found: (64 << 20) + 1, unit: 4096)) {
            try AddressMap(memoryByteCount: (64 << 20) + 1)
        }
        for size in [UInt64.max, UInt64.max & ~4095, 1 << 40] {
            #expect(throws: AddressMapError.self) { try AddressMap(memoryByteCount: size) }
        }
        #expect(throws: AddressMapError.self) { try AddressMap(memoryByteCount: 64 << 20, physicalAddressBits: 32) }
    }

    @Test("the most memory fits below the top of the address space, and a page more does not", arguments: 36...52)
    func largest(bits: Int) throws {
        let maximum = AddressMap.maximumMemoryByteCount(physicalAddressBits: bits)

        let map = try AddressMap(memoryByteCount: maximum, physicalAddressBits: bits)

        #expect(map.pciWindow64.end <= 1 << UInt64(bits))
        #expect(throws: AddressMapError.self) {
            try AddressMap(memoryByteCount: maximum + 4096, physicalAddressBits: bits)
        }
    }

    @Test("the map does not depend on the processor's width")
    func stable() throws {
        let narrow = try AddressMap(memoryByteCount: 4 << 30, physicalAddressBits: 36)
        let wide = try AddressMap(memoryByteCount: 4 << 30, physicalAddressBits: 52)

        #expect(narrow == wide)
    }
}
