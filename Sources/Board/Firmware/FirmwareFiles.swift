// SPDX-License-Identifier: Apache-2.0

/// Everything that firmware reads through fw_cfg, under QEMU's names: SeaBIOS and OVMF know no others.
package struct FirmwareFiles: Equatable, Sendable {
    /// Items with a number instead of a name.
    package enum Key {
        package static let signature: UInt16 = 0x00
        package static let features: UInt16 = 0x01
        package static let identifier: UInt16 = 0x02
        package static let memoryByteCount: UInt16 = 0x03
        package static let hasNoDisplay: UInt16 = 0x04
        package static let processorCount: UInt16 = 0x05
        package static let bootMenu: UInt16 = 0x0e
        package static let processorLimit: UInt16 = 0x0f
        package static let directory: UInt16 = 0x19
        package static let firstFile: UInt16 = 0x20
    }

    /// Item by key.
    package let items: [UInt16: [UInt8]]
    /// The files, in the order of their keys from `Key.firstFile` up.
    package let files: [FirmwareFile]

    /// - Parameter bootOrder: The devices to start from, first choice first.
    package init(_ configuration: BoardConfiguration, bootOrder: [PCIFunctionAddress]) {
        var files = ACPIFiles.build(configuration)
        let inventory = SMBIOSTables(configuration)
        files += [
            FirmwareFile(name: "bootorder", bytes: Self.text(of: bootOrder)),
            FirmwareFile(name: "etc/e820", bytes: Self.memoryMap(configuration.map)),
            FirmwareFile(name: "etc/smbios/smbios-anchor", bytes: inventory.anchor()),
            FirmwareFile(name: "etc/smbios/smbios-tables", bytes: inventory.table),
            // No state of sleep is there but S5.
            FirmwareFile(name: "etc/system-states", bytes: [UInt8](repeating: 0, count: 6)),
        ]
        if configuration.hasSerial {
            files.append(FirmwareFile(name: "etc/sercon-port", bytes: Self.bytes(UInt64(FixedHardware.serialPort))))
        }
        self.files = files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        items = Self.numbered(configuration, files: self.files)
    }

    /// The key of the file that firmware reads before the ACPI tables.
    package var scriptKey: UInt16? {
        files.firstIndex { $0.name == ACPIFiles.scriptName }.map { Key.firstFile + UInt16($0) }
    }

    private static func numbered(_ configuration: BoardConfiguration, files: [FirmwareFile]) -> [UInt16: [UInt8]] {
        let processors = bytes(UInt16(clamping: configuration.topology.processorCount))
        var items: [UInt16: [UInt8]] = [
            Key.signature: Array("QEMU".utf8),
            // By ports (bit 0) and by DMA (bit 1).
            Key.features: bytes(UInt32(3)),
            Key.identifier: configuration.identifier.bytes,
            Key.memoryByteCount: bytes(configuration.map.memoryByteCount),
            Key.hasNoDisplay: bytes(UInt16(1)),
            Key.processorCount: processors,
            Key.bootMenu: bytes(UInt16(0)),
            Key.processorLimit: processors,
            Key.directory: directory(of: files),
        ]
        for (index, file) in files.enumerated() { items[Key.firstFile + UInt16(index)] = file.bytes }
        return items
    }

    /// The directory: a count, then size, key, two bytes of nothing and a name of 56 bytes for each; big-endian.
    private static func directory(of files: [FirmwareFile]) -> [UInt8] {
        var result: [UInt8] = []
        result.append(littleEndian: UInt32(files.count).byteSwapped)
        for (index, file) in files.enumerated() {
            result.append(littleEndian: UInt32(file.bytes.count).byteSwapped)
            result.append(littleEndian: (Key.firstFile + UInt16(index)).byteSwapped)
            result += [0, 0] + Array(file.name.utf8)
            result += [UInt8](repeating: 0, count: FirmwareFile.maximumNameByteCount + 1 - file.name.utf8.count)
        }
        return result
    }

    /// Open Firmware device paths of the functions' disks, a line each, and a closing NUL.
    private static func text(of order: [PCIFunctionAddress]) -> [UInt8] {
        if order.isEmpty { return [] }
        let lines = order.map { function in
            let slot = String(function.device, radix: 16)
            let place = function.function == 0 ? slot : "\(slot),\(String(function.function, radix: 16))"
            return "/pci@i0cf8/scsi@\(place)/disk@0,0"
        }
        return Array(lines.joined(separator: "\n").utf8) + [0]
    }

    /// RAM, and what is reserved above it; firmware adds what it reserves itself.
    private static func memoryMap(_ map: AddressMap) -> [UInt8] {
        let memory = map.memoryRegions.map { MemoryMapEntry(range: $0.range, kind: .usable) }
        var result: [UInt8] = []
        for entry in memory + [map.reservedForKVM] {
            result.append(littleEndian: entry.range.start)
            result.append(littleEndian: entry.range.byteCount)
            result.append(littleEndian: entry.kind.rawValue)
        }
        return result
    }

    private static func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        var result: [UInt8] = []
        result.append(littleEndian: value)
        return result
    }
}
