// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("CPUID model")
struct CPUIDModelTests {
    static let intel: [CPUIDEntry] = [
        CPUIDEntry(function: 0, eax: 0x1f, ebx: 0x756e_6547, ecx: 0x6c65_746e, edx: 0x4965_6e69),
        CPUIDEntry(function: 1, eax: 0x50654, ebx: 0xff20_0800, ecx: 0x0000_0021, edx: 0x0f8b_fbff),
        CPUIDEntry(function: 4, index: 0, flags: 1, eax: 0xfc1c_0121),
        CPUIDEntry(function: 4, index: 1, flags: 1, eax: 0xfc1c_0143),
        CPUIDEntry(function: 4, index: 2, flags: 1, eax: 0xfc1c_0163),
        CPUIDEntry(function: 4, index: 3, flags: 1, eax: 0),
        CPUIDEntry(function: 7, index: 0, flags: 1, eax: 1, ebx: 0xd19f_47ab, ecx: 8, edx: 0xac00_0400),
        CPUIDEntry(function: 0xb, index: 0, flags: 1, eax: 9, ebx: 9, ecx: 9, edx: 9),
        CPUIDEntry(function: 0x1f, index: 0, flags: 1, eax: 9, ebx: 9, ecx: 9, edx: 9),
        CPUIDEntry(function: 0x4000_0000, eax: 0x4000_0001, ebx: 0x4b4d_564b, ecx: 0x564b_4d56, edx: 0x4d),
        CPUIDEntry(function: 0x4000_0001, eax: 0x0100_7efb),
        CPUIDEntry(function: 0x8000_0001, ecx: 0x121, edx: 0x2c10_0800),
        CPUIDEntry(function: 0x8000_0008, eax: 0x302e, ecx: 0),
    ]

    static let amd: [CPUIDEntry] = [
        CPUIDEntry(function: 0, eax: 0xd - 4, ebx: 0x6874_7541, ecx: 0x444d_4163, edx: 0x6974_6e65),
        CPUIDEntry(function: 1, eax: 0x800f12, ebx: 0x0002_0800, ecx: 0, edx: 0x078b_fbff),
        CPUIDEntry(function: 0x8000_0001, ecx: 0x0040_0007, edx: 0x2fd3_fbff),
        CPUIDEntry(function: 0x8000_0008, eax: 0x3028, ecx: 0x7007),
        CPUIDEntry(function: 0x8000_000a, eax: 1, ebx: 16, edx: 0xff),
        CPUIDEntry(function: 0x8000_001d, index: 0, flags: 1, eax: 0x0000_4121),
        CPUIDEntry(function: 0x8000_001d, index: 3, flags: 1, eax: 0x0001_c163),
        CPUIDEntry(function: 0x8000_001e, eax: 7, ebx: 0x103, ecx: 0x303, edx: 5),
    ]

    static func entries(
        _ supported: [CPUIDEntry], _ topology: ProcessorTopology, _ processor: Int, timer: Bool = true
    ) -> [CPUIDEntry] {
        CPUIDModel(supported: supported, topology: topology, hasDeadlineTimer: timer).entries(for: processor)
    }

    static func leaf(_ function: UInt32, _ index: UInt32 = 0, in entries: [CPUIDEntry]) throws -> CPUIDEntry {
        let matches = entries.filter { $0.function == function && $0.index == index }
        #expect(matches.count == 1, "leaf \(function).\(index)")
        return try #require(matches.first)
    }

    @Test("for 1 to 255 processors each has its own APIC id, and the shifts agree", arguments: [false, true])
    func identifiers(isAMD: Bool) throws {
        for count in 1...255 {
            let topology = try ProcessorTopology(processorCount: count)
            let model = CPUIDModel(
                supported: isAMD ? Self.amd : Self.intel, topology: topology, hasDeadlineTimer: true)
            var seen: Set<UInt32> = []
            for processor in Set([0, 1, count / 2, count - 1]) where processor < count {
                let entries = model.entries(for: processor)
                let features = try Self.leaf(1, in: entries)
                let thread = try Self.leaf(0xb, 0, in: entries)
                let socket = try Self.leaf(0xb, 1, in: entries)
                #expect(seen.insert(thread.edx).inserted)
                #expect(features.ebx >> 24 == thread.edx & 0xff)
                #expect(socket.edx == thread.edx)
                #expect(thread.edx >> socket.eax == 0, "all processors are in one socket")
                #expect(1 << socket.eax >= count && socket.ebx == count)
                #expect(thread.eax == 0 && thread.ebx == 1 && thread.ecx == 0x100 && socket.ecx == 0x201)
                #expect(features.edx & 1 << 28 != 0 || count == 1)
                #expect(features.ebx >> 16 & 0xff == count)
            }
        }
    }

    @Test("more than 255 processors keep their ids whole in leaf 0xb")
    func many() throws {
        let topology = try ProcessorTopology(sockets: 4, cores: 64, threads: 2)

        let entries = Self.entries(Self.intel, topology, 511)

        #expect(try Self.leaf(0xb, in: entries).edx == 511)
        #expect(try Self.leaf(1, in: entries).ebx >> 16 == 0xff80)
    }

    @Test("nested virtualization is gone, the hypervisor and x2APIC are there")
    func features() throws {
        let topology = try ProcessorTopology(sockets: 2, cores: 2, threads: 2)

        let intel = Self.entries(Self.intel, topology, 5)
        let amd = Self.entries(Self.amd, topology, 5)

        let features = try Self.leaf(1, in: intel)
        #expect(features.ecx & 1 << 5 == 0)
        #expect(features.ecx & 1 << 31 != 0 && features.ecx & 1 << 21 != 0 && features.ecx & 1 << 24 != 0)
        #expect(features.ebx & 0xffff == 0x0800)
        #expect(try Self.leaf(0x8000_0001, in: amd).ecx == 0x0040_0003)
        #expect(try Self.leaf(0x8000_0001, in: intel).ecx == 0x121)
        #expect(!amd.contains { $0.function == 0x8000_000a })
        let timerless = Self.entries(Self.intel, topology, 5, timer: false)
        #expect(try Self.leaf(1, in: timerless).ecx & 1 << 24 == 0)
    }

    @Test("caches are shared by the threads of a core, or by the socket")
    func caches() throws {
        let topology = try ProcessorTopology(sockets: 2, cores: 3, threads: 2)

        let intel = Self.entries(Self.intel, topology, 0)
        let amd = Self.entries(Self.amd, topology, 0)

        #expect(try Self.leaf(4, 0, in: intel).eax == 0x0c00_4121)
        #expect(try Self.leaf(4, 2, in: intel).eax == 0x0c01_c163)
        #expect(try Self.leaf(4, 3, in: intel).eax == 0)
        #expect(try Self.leaf(0x8000_001d, 0, in: amd).eax == 0x4121)
        #expect(try Self.leaf(0x8000_001d, 3, in: amd).eax == 0x1_c163)
    }

    @Test("AMD's leaves have the machine's counts")
    func amdTopology() throws {
        let topology = try ProcessorTopology(sockets: 2, cores: 3, threads: 2)

        let entries = Self.entries(Self.amd, topology, 9)

        #expect(try Self.leaf(0, in: entries).eax == 0xb)
        #expect(try Self.leaf(0x8000_0008, in: entries).ecx == 0x3005)
        #expect(try Self.leaf(0x8000_0008, in: entries).eax == 0x3028)
        // Processor 9 is thread 1 of core 1 of socket 1.
        let extended = try Self.leaf(0x8000_001e, in: entries)
        #expect(extended.eax == 0b1011)
        #expect(extended.ebx == 0x101)
        #expect(extended.ecx == 1)
        #expect(!entries.contains { $0.function == 0x1f })
    }

    @Test("what has nothing to do with topology is passed through")
    func passedThrough() throws {
        let entries = Self.entries(Self.intel, try ProcessorTopology(processorCount: 4), 2)

        for function in [7, 0x4000_0000, 0x4000_0001] as [UInt32] {
            let original = Self.intel.filter { $0.function == function }
            #expect(entries.filter { $0.function == function } == original)
        }
        #expect(try Self.leaf(0x1f, 1, in: entries).ecx == 0x201)
        #expect(CPUIDModel.physicalAddressBits(of: Self.intel) == 46)
        #expect(CPUIDModel.physicalAddressBits(of: []) == 36)
    }

    @Test("an empty list of leaves is no trap")
    func empty() throws {
        let entries = Self.entries([], try ProcessorTopology(processorCount: 1), 0)

        #expect(entries.map(\.function) == [0xb, 0xb, 0xb])
    }
}
