// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("The frozen board")
struct GoldenTests {
    static let version = "board-\(BoardConfiguration.version)"

    static func check(_ text: String, against name: String) throws {
        let golden = GoldenFile(name)
        if GoldenFile.isWriting { try golden.write(text) }
        let frozen = try golden.read()
        let difference = zip(text.split(separator: "\n"), frozen.split(separator: "\n")).first { $0 != $1 }
        #expect(
            text == frozen,
            "\(name): is \(difference?.0 ?? "of another length"), was \(difference?.1 ?? "-"). \(GoldenFile.advice)")
    }

    @Test("the ACPI tables are those of the board's version")
    func tables() throws {
        let tables = ACPITables(try StandardBoard.configuration()).tables
        let dumps = tables.map { table in
            GoldenFile.dump("\(table.signature) at 0x\(String(table.piece.guestAddress, radix: 16))", table.piece.bytes)
        }

        try Self.check(dumps.joined(), against: "\(Self.version)-acpi.txt")
    }

    @Test("the PCI functions are those of the board's version")
    func functions() throws {
        var allocator = BARAllocator(map: try StandardBoard.configuration().map)
        var dumps = [
            GoldenFile.dump("host bridge", PCIConfigurationSpace.hostBridge().contents),
            GoldenFile.dump("LPC bridge", PCIConfigurationSpace.lpcBridge().contents),
        ]
        for type in VirtioDeviceType.allCases {
            var space = PCIConfigurationSpace.virtio(type, vectorCount: 3)
            try allocator.assign(&space)
            dumps.append(GoldenFile.dump("virtio \(type)", space.contents))
        }

        try Self.check(dumps.joined(), against: "\(Self.version)-pci.txt")
    }
}
