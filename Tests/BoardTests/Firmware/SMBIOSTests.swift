// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("SMBIOS")
struct SMBIOSTests {
    /// A structure: its type, handle, fields with the header, and strings.
    private struct Structure {
        let type: UInt8
        let handle: UInt16
        let bytes: [UInt8]
        let strings: [String]
    }

    private static func walk(_ table: [UInt8]) throws -> [Structure] {
        var structures: [Structure] = []
        var offset = 0
        while offset < table.count {
            let count = Int(table[offset + 1])
            let bytes = Array(table[offset..<(offset + count)])
            offset += count
            var strings: [String] = []
            while table[offset] != 0 {
                let text = table.text(at: offset)
                strings.append(text)
                offset += text.utf8.count + 1
            }
            offset += strings.isEmpty ? 2 : 1
            structures.append(
                Structure(type: bytes[0], handle: bytes.get(UInt16.self, at: 2), bytes: bytes, strings: strings))
        }
        return structures
    }

    @Test("the table can be walked, ends with type 127, and has every handle once")
    func walk() throws {
        let structures = try Self.walk(SMBIOSTables(try StandardBoard.configuration()).table)
        #expect(structures.map(\.type) == [0, 1, 3, 4, 16, 17, 19, 19, 32, 127])
        #expect(Set(structures.map(\.handle)).count == structures.count)
        let lengths = Dictionary(structures.map { ($0.type, $0.bytes.count) }, uniquingKeysWith: { $1 })
        // As DSP0134 2.8 has them.
        #expect(lengths[0] == 0x18 && lengths[1] == 0x1b && lengths[3] == 0x16 && lengths[4] == 0x30)
        #expect(lengths[16] == 0x17 && lengths[17] == 0x28 && lengths[19] == 0x1f && lengths[32] == 0x0b)
    }

    @Test("the anchor has both checksums, the count, and the longest structure")
    func anchor() throws {
        let board = try StandardBoard.configuration()
        let pieces = SMBIOSTables(board).pieces
        let anchor = pieces[0].bytes
        #expect(pieces[0].guestAddress == SMBIOSTables.anchorAddress && anchor.count == 31)
        #expect(anchor.reduce(0, &+) == 0 && anchor[16...].reduce(0, &+) == 0)
        #expect(UInt64(anchor.get(UInt32.self, at: 24)) == pieces[1].guestAddress)
        #expect(Int(anchor.get(UInt16.self, at: 22)) == pieces[1].bytes.count)
        let structures = try Self.walk(pieces[1].bytes)
        #expect(Int(anchor.get(UInt16.self, at: 28)) == structures.count)
        #expect(pieces[0].range.end <= pieces[1].guestAddress)
        #expect(pieces[1].range.end <= AddressMap.biosArea.end)
    }

    @Test("the memory's size and the machine's identifier are there")
    func contents() throws {
        var board = try StandardBoard.configuration()
        board.identifier = MachineIdentifier(machine: "web")
        let structures = try Self.walk(SMBIOSTables(board).table)
        let system = try #require(structures.first { $0.type == 1 })
        #expect(system.strings.first == "Apus")
        #expect(system.bytes[11] == board.identifier.bytes[0] && system.bytes[16] == board.identifier.bytes[8])
        #expect(board.identifier.bytes[6] >> 4 == 8 && board.identifier.bytes[8] >> 6 == 2)
        #expect(board.identifier != MachineIdentifier(machine: "db"))
        let device = try #require(structures.first { $0.type == 17 })
        #expect(device.bytes.get(UInt16.self, at: 12) == 4096)
    }

    @Test("a machine of many sockets and much memory has its table below 1 MiB")
    func large() throws {
        let board = BoardConfiguration(
            map: try AddressMap(memoryByteCount: 1 << 43, physicalAddressBits: 46),
            topology: try ProcessorTopology(sockets: ProcessorTopology.processorLimit, cores: 1, threads: 1))
        let pieces = SMBIOSTables(board).pieces
        #expect(pieces[1].range.end <= AddressMap.biosArea.end)
        #expect(try Self.walk(pieces[1].bytes).last?.type == 127)
    }
}
