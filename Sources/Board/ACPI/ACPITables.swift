// SPDX-License-Identifier: Apache-2.0

/// The ACPI tables of a machine, in the BIOS area of its RAM.
package struct ACPITables: Equatable, Sendable {
    /// Where the root pointer (RSDP) lies: where firmware would leave it for a search as well.
    package static let rootPointerAddress = AddressMap.biosArea.start

    /// A table and where it lies.
    package struct Table: Equatable, Sendable {
        /// The table's four letters; `RSDP` for the root pointer.
        package let signature: String
        /// Its address and its bytes.
        package let piece: MemoryPiece
    }

    /// The tables by ascending address, without overlaps, all within `AddressMap.biosArea`.
    package let tables: [Table]

    /// Builds the tables; they fit, however many processors a topology can have.
    package init(_ configuration: BoardConfiguration) {
        var layout = Layout()
        let control = layout.place("FACS", FixedTable.control)
        let differentiated = layout.place("DSDT", DifferentiatedTable.bytes(configuration))
        let roots = [
            layout.place("FACP", FixedTable.bytes(firmwareControl: control, differentiated: differentiated)),
            layout.place("APIC", InterruptTable.bytes(configuration.topology)),
            layout.place("MCFG", Self.configurationSpaceTable),
        ]
        var pointers: [UInt8] = []
        for address in roots { pointers.append(littleEndian: address) }
        let root = layout.place("XSDT", ACPITable.bytes(signature: "XSDT", revision: 1, body: pointers))
        tables = [Table(signature: "RSDP", piece: Self.rootPointer(to: root))] + layout.tables
    }

    /// The tables as the machine copies them.
    package var pieces: [MemoryPiece] { tables.map(\.piece) }

    /// The MCFG: where ECAM lies (PCI Firmware Specification 3.2 §4.1.2).
    private static var configurationSpaceTable: [UInt8] {
        var body = [UInt8](repeating: 0, count: 8)
        body.append(littleEndian: AddressMap.configurationSpace.start)
        body += [0, 0, 0, FixedHardware.lastBus, 0, 0, 0, 0]  // segment, first bus, last bus
        return ACPITable.bytes(signature: "MCFG", revision: 1, body: body)
    }

    /// The root pointer, revision 2 (ACPI 6.4 §5.2.5.3), without an RSDT.
    private static func rootPointer(to root: UInt64) -> MemoryPiece {
        var bytes = Array("RSD PTR ".utf8) + [0] + Array("APUS  ".utf8) + [2]
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: UInt32(36))
        bytes.append(littleEndian: root)
        bytes += [0, 0, 0, 0]
        bytes[8] = ACPITable.checksum(of: bytes.prefix(20))
        bytes[32] = ACPITable.checksum(of: bytes)
        return MemoryPiece(guestAddress: rootPointerAddress, bytes: bytes)
    }

    /// Puts tables one after another behind the root pointer.
    private struct Layout {
        /// What the FACS needs; the others are content with less.
        static let alignment: UInt64 = 64
        var next = ACPITables.rootPointerAddress + alignment
        var tables: [Table] = []

        mutating func place(_ signature: String, _ bytes: [UInt8]) -> UInt64 {
            let table = Table(signature: signature, piece: MemoryPiece(guestAddress: next, bytes: bytes))
            precondition(AddressMap.biosArea.contains(table.piece.range), "the ACPI tables fit into the BIOS area")
            tables.append(table)
            next = (table.piece.range.end + Self.alignment - 1).roundedDown(to: Self.alignment)
            return table.piece.guestAddress
        }
    }
}
