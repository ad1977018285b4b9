// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("ACPI tables")
struct ACPITablesTests {
    static func table(_ signature: String, of tables: ACPITables) throws -> [UInt8] {
        try #require(tables.tables.first { $0.signature == signature }).piece.bytes
    }

    static func configuration(_ topology: ProcessorTopology) throws -> BoardConfiguration {
        BoardConfiguration(map: try AddressMap(memoryByteCount: 64 << 20), topology: topology)
    }

    /// A structure of the MADT.
    struct Entry {
        let type: UInt8
        let bytes: [UInt8]
    }

    static func entries(of table: [UInt8]) -> [Entry] {
        var entries: [Entry] = []
        var offset = 44
        while offset + 2 <= table.count, table[offset + 1] >= 2, offset + Int(table[offset + 1]) <= table.count {
            let end = offset + Int(table[offset + 1])
            entries.append(Entry(type: table[offset], bytes: Array(table[offset..<end])))
            offset = end
        }
        #expect(offset == table.count)
        return entries
    }

    @Test("from the root pointer every table is found, whole and with a right checksum")
    func pointers() throws {
        let tables = ACPITables(try StandardBoard.configuration())
        func bytes(at address: UInt64) throws -> [UInt8] {
            try #require(tables.pieces.first { $0.guestAddress == address }).bytes
        }
        func sum(_ bytes: some Sequence<UInt8>) -> UInt8 { bytes.reduce(0, &+) }

        let root = try bytes(at: ACPITables.rootPointerAddress)
        #expect(root.prefix(8).elementsEqual("RSD PTR ".utf8))
        #expect(sum(root.prefix(20)) == 0 && sum(root) == 0 && root.count == 36)
        let list = try bytes(at: root.get(UInt64.self, at: 24))
        let found = try stride(from: 36, to: list.count, by: 8).map { try bytes(at: list.get(UInt64.self, at: $0)) }
        #expect(found.map { String(decoding: $0.prefix(4), as: UTF8.self) } == ["FACP", "APIC", "MCFG"])
        let fixed = found[0]
        let differentiated = try bytes(at: fixed.get(UInt64.self, at: 140))
        #expect(fixed.get(UInt32.self, at: 40) == UInt32(fixed.get(UInt64.self, at: 140)))
        for table in [list, differentiated] + found {
            #expect(sum(table) == 0)
            #expect(Int(table.get(UInt32.self, at: 4)) == table.count)
        }
        let control = try bytes(at: UInt64(fixed.get(UInt32.self, at: 36)))
        #expect(control.prefix(4).elementsEqual("FACS".utf8) && control.count == 64)
        #expect(fixed.get(UInt32.self, at: 36) % 64 == 0)
    }

    @Test("the fixed table has the board's ports")
    func fixedTable() throws {
        let table = try Self.table("FACP", of: ACPITables(StandardBoard.configuration()))

        #expect(table.count == 276 && table[8] == 6)
        #expect(table.get(UInt16.self, at: 46) == 9)
        #expect(table.get(UInt32.self, at: 48) == 0)
        #expect([56, 64, 76, 80].map { table.get(UInt32.self, at: $0) } == [0x600, 0x604, 0x608, 0x620])
        #expect([148, 172, 208, 220].map { table.get(UInt64.self, at: $0 + 4) } == [0x600, 0x604, 0x608, 0x620])
        #expect([88, 89, 91, 92].map { table[$0] } == [4, 2, 4, 2])
        #expect(Array(table[116..<129]) == [1, 8, 0, 1, 0xf9, 0x0c, 0, 0, 0, 0, 0, 0, 6])
        let flags = table.get(UInt32.self, at: 112)
        #expect(flags & 1 << 4 == 0, "the power button is fixed")
        #expect(flags & 1 << 5 != 0, "there is no sleep button")
        #expect(flags & 1 << 10 != 0, "the reset register is there")
        #expect(flags & 1 << 20 == 0, "the board is not hardware-reduced")
        #expect(table.get(UInt16.self, at: 109) == 0b101)
    }

    @Test("every processor is in the MADT once, with its APIC id", arguments: [1, 2, 16, 255, 256, 1024])
    func processors(count: Int) throws {
        let topology = try ProcessorTopology(processorCount: count)
        let tables = ACPITables(try Self.configuration(topology))
        let entries = Self.entries(of: try Self.table("APIC", of: tables))

        let local = entries.filter { $0.type == 0 }.map { (UInt32($0.bytes[2]), UInt32($0.bytes[3])) }
        let large = entries.filter { $0.type == 9 }
            .map { ($0.bytes.get(UInt32.self, at: 12), $0.bytes.get(UInt32.self, at: 4)) }
        let all = local + large

        #expect(all.map(\.0) == (0..<UInt32(count)).map { $0 })
        #expect(all.map(\.1) == (0..<count).map { topology.apicID(of: $0) })
        #expect(local.allSatisfy { $0.1 < 255 } && large.allSatisfy { $0.1 >= 255 })
        #expect(entries.contains { $0.type == 10 } == (count > 255))
        let differentiated = try Self.table("DSDT", of: tables)
        let identifiers = differentiated.indices.dropLast(8)
            .filter { differentiated[$0..<($0 + 8)].elementsEqual("ACPI0007".utf8) }
        #expect(identifiers.count == count)
    }

    @Test("interrupts are routed as on Q35")
    func interrupts() throws {
        let entries = Self.entries(of: try Self.table("APIC", of: ACPITables(StandardBoard.configuration())))

        #expect(entries.filter { $0.type == 1 }.map(\.bytes) == [[1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0]])
        #expect(
            entries.filter { $0.type == 2 }.map(\.bytes) == [
                [2, 10, 0, 0, 2, 0, 0, 0, 0, 0], [2, 10, 0, 9, 9, 0, 0, 0, 13, 0],
            ])
        #expect(entries.filter { $0.type == 4 }.map(\.bytes) == [[4, 6, 0xff, 0, 0, 1]])
    }

    @Test("the tables lie apart in the reserved BIOS area, for every number of processors")
    func placement() throws {
        for topology in [
            try ProcessorTopology(processorCount: 1), try ProcessorTopology(processorCount: 255),
            try ProcessorTopology(sockets: 341, cores: 3, threads: 1), try ProcessorTopology(processorCount: 1024),
        ] {
            let configuration = try Self.configuration(topology)
            let ranges = ACPITables(configuration).pieces.map(\.range)
            #expect(ranges.map(\.byteCount).reduce(0, +) < 48 << 10)

            for (first, second) in zip(ranges, ranges.dropFirst()) { #expect(first.end <= second.start) }
            for range in ranges {
                #expect(AddressMap.biosArea.contains(range))
                #expect(configuration.map.memoryMap.contains { $0.kind == .reserved && $0.range.contains(range) })
            }
        }
    }

    @Test("devices that are not there are not named")
    func absentDevices() throws {
        var configuration = try StandardBoard.configuration()
        func has(_ name: String) throws -> Bool {
            let table = try Self.table("DSDT", of: ACPITables(configuration))
            return table.indices.dropLast(4).contains { table[$0..<($0 + 4)].elementsEqual(name.utf8) }
        }
        #expect(try has("COM1") && has("PEVT"))

        configuration.hasSerial = false
        configuration.hasPanicDevice = false

        #expect(try !has("COM1") && !has("PEVT"))
    }
}
