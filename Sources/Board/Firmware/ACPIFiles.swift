// SPDX-License-Identifier: Apache-2.0

/// The ACPI tables as files for firmware, which chooses their place: pointers are offsets into the file until the
/// loader's script adds its address to them.
enum ACPIFiles {
    private static let rootName = "etc/acpi/rsdp"
    private static let tablesName = "etc/acpi/tables"
    static let scriptName = "etc/table-loader"
    private static let checksumOffset = 9
    private static let listStart = 36

    /// A pointer within the tables: where it is, and its size in bytes.
    private typealias Pointer = (offset: Int, byteCount: Int)

    static func build(_ configuration: BoardConfiguration) -> [FirmwareFile] {
        let all = ACPITables(configuration).tables
        guard let root = all.first?.piece.bytes, let base = all.dropFirst().first?.piece.guestAddress else { return [] }
        var tables: [UInt8] = []
        var script = ACPILoaderScript()
        script.allocate(rootName, alignment: 16, in: .fSegment)
        script.allocate(tablesName, alignment: 64, in: .high)
        for table in all.dropFirst() {
            let start = Int(table.piece.guestAddress - base)
            tables += [UInt8](repeating: 0, count: start - tables.count) + table.piece.bytes
            relocate(table, at: start, less: base, in: &tables, script: &script)
        }
        return [
            FirmwareFile(name: rootName, bytes: rootPointer(root, less: base, script: &script)),
            FirmwareFile(name: tablesName, bytes: tables),
            FirmwareFile(name: scriptName, bytes: script.bytes),
        ]
    }

    private static func relocate(
        _ table: ACPITables.Table, at start: Int, less base: UInt64, in tables: inout [UInt8],
        script: inout ACPILoaderScript
    ) {
        let byteCount = table.piece.bytes.count
        let pointers: [Pointer] =
            switch table.signature {
            case "FACP": [(36, 4), (40, 4), (140, 8)]
            case "XSDT": stride(from: listStart, to: byteCount, by: 8).map { ($0, 8) }
            default: []
            }
        if pointers.isEmpty { return }
        for pointer in pointers {
            let offset = start + pointer.offset
            if pointer.byteCount == 4 {
                let address: UInt32 = tables.load(at: offset) ?? 0
                tables.store(littleEndian: address - UInt32(base), at: offset)
            } else {
                let address: UInt64 = tables.load(at: offset) ?? 0
                tables.store(littleEndian: address - base, at: offset)
            }
            script.addPointer(in: tablesName, at: offset, byteCount: UInt8(pointer.byteCount), to: tablesName)
        }
        tables[start + checksumOffset] = 0
        script.addChecksum(in: tablesName, at: start + checksumOffset, over: start..<(start + byteCount))
    }

    private static func rootPointer(_ bytes: [UInt8], less base: UInt64, script: inout ACPILoaderScript) -> [UInt8] {
        var bytes = bytes
        let list: UInt64 = bytes.load(at: 24) ?? 0
        bytes.store(littleEndian: list - base, at: 24)
        bytes[8] = 0
        bytes[32] = 0
        script.addPointer(in: rootName, at: 24, byteCount: 8, to: tablesName)
        script.addChecksum(in: rootName, at: 8, over: 0..<20)
        script.addChecksum(in: rootName, at: 32, over: 0..<36)
        return bytes
    }
}
