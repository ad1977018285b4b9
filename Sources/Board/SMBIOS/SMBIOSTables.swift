// SPDX-License-Identifier: Apache-2.0

/// What the guest's inventory tools (dmidecode, systemd, cloud-init) read of the machine: SMBIOS 2.8.
package struct SMBIOSTables: Equatable, Sendable {
    /// Where the anchor lies in a machine without firmware: operating systems search from here.
    package static let anchorAddress: UInt64 = 0xf_0000
    private static let anchorByteCount: UInt64 = 32
    private static let maker = "Apus"
    private static let product = "Standard PC (Q35 + ICH9, 2009)"
    private static let deviceLimit: UInt64 = 16 << 30
    /// As many sockets and DIMMs as are told of: with both the table still fits below 1 MiB.
    private static let socketCountLimit = 256
    private static let deviceCountLimit: UInt64 = 256

    /// The structures, one after the other.
    package let table: [UInt8]
    private let count: Int
    private let longestByteCount: Int

    package init(_ configuration: BoardConfiguration) {
        let structures = Self.structures(configuration)
        table = structures.flatMap(\.self)
        count = structures.count
        longestByteCount = structures.map(\.count).max() ?? 0
    }

    /// Both as a machine without firmware has them.
    package var pieces: [MemoryPiece] {
        let tableAddress = Self.anchorAddress + Self.anchorByteCount
        return [
            MemoryPiece(guestAddress: Self.anchorAddress, bytes: anchor(tableAddress: UInt32(tableAddress))),
            MemoryPiece(guestAddress: tableAddress, bytes: table),
        ]
    }

    /// The entry point (DSP0134 2.8 §5.2.1), with both checksums. Firmware is given it with address 0: whoever places
    /// the table stores the address and the checksums.
    package func anchor(tableAddress: UInt32 = 0) -> [UInt8] {
        var bytes = Array("_SM_".utf8) + [0, 0x1f, 2, 8]
        bytes.append(littleEndian: UInt16(longestByteCount))
        bytes += [UInt8](repeating: 0, count: 6)  // revision, formatted area
        var inner = Array("_DMI_".utf8) + [0]
        inner.append(littleEndian: UInt16(table.count))
        inner.append(littleEndian: tableAddress)
        inner.append(littleEndian: UInt16(count))
        inner.append(0x28)
        inner[5] = ACPITable.checksum(of: inner)
        bytes += inner
        bytes[4] = ACPITable.checksum(of: bytes)
        return bytes
    }

    private static func structures(_ configuration: BoardConfiguration) -> [[UInt8]] {
        let memory = configuration.map.memoryByteCount
        let deviceCount = UInt16(min((memory + deviceLimit - 1) / deviceLimit, deviceCountLimit))
        var all = [firmware, system(configuration), chassis]
        all += (0..<min(configuration.topology.sockets, socketCountLimit)).map { processor($0, configuration.topology) }
        all.append(memoryArray(memory, deviceCount: deviceCount))
        all += (0..<deviceCount).map { memoryDevice($0, of: memory) }
        all += configuration.map.memoryRegions.enumerated().map { memoryRange(UInt16($0), $1.range, deviceCount) }
        var boot = SMBIOSStructure(type: 32, handle: 0x2000)
        boot.add([UInt8](repeating: 0, count: 7))  // reserved; no error at the last start
        return (all + [boot, SMBIOSStructure(type: 127, handle: 0x7f00)]).map(\.bytes)
    }

    /// §7.1. "Virtual machine" is bit 4 of the second extension byte.
    private static var firmware: SMBIOSStructure {
        var result = SMBIOSStructure(type: 0, handle: 0)
        result.add(text: maker)
        result.add(text: "\(BoardConfiguration.version)")
        result.add(UInt16(0xe800))
        result.add(text: "04/01/2014")
        result.add(UInt8(0))
        result.add(UInt64(1 << 3))  // characteristics are not given
        result.add([0, 0x1c, 0, 0, 0xff, 0xff])
        return result
    }

    /// §7.2; the identifier's first three fields are little-endian.
    private static func system(_ configuration: BoardConfiguration) -> SMBIOSStructure {
        var result = SMBIOSStructure(type: 1, handle: 0x100)
        result.add(text: maker)
        result.add(text: product)
        result.add(text: "apus-q35-\(BoardConfiguration.version)")
        result.add(text: "")
        result.add(configuration.identifier.mixedEndianBytes)
        result.add(UInt8(6))  // woken by the power switch
        result.add(text: "")
        result.add(text: "")
        return result
    }

    /// §7.4: type "other", all states "safe".
    private static var chassis: SMBIOSStructure {
        var result = SMBIOSStructure(type: 3, handle: 0x300)
        result.add(text: maker)
        result.add(UInt8(1))
        result.add(text: "apus-q35-\(BoardConfiguration.version)")
        result.add(text: "")
        result.add(text: "")
        result.add([3, 3, 3, 2, 0, 0, 0, 0, 0, 0, 0, 0])
        result.add(text: "")
        return result
    }

    /// §7.5: a central processor that is enabled, its family and speed unknown.
    private static func processor(_ socket: Int, _ topology: ProcessorTopology) -> SMBIOSStructure {
        var result = SMBIOSStructure(type: 4, handle: 0x400 + UInt16(truncatingIfNeeded: socket))
        let threads = topology.cores * topology.threads
        result.add(text: "CPU \(socket)")
        result.add([3, 1])
        result.add(text: maker)
        result.add(UInt64(0))
        result.add(text: "apus-q35-\(BoardConfiguration.version)")
        result.add([0, 0, 0])
        result.add(UInt16(0))
        result.add(UInt16(0))
        result.add([0x41, 1])
        for _ in 0..<3 { result.add(UInt16(0xffff)) }  // no cache structures
        for _ in 0..<3 { result.add(text: "") }
        result.add([UInt8(clamping: topology.cores), UInt8(clamping: topology.cores), UInt8(clamping: threads)])
        result.add(UInt16(2))
        result.add(UInt16(2))
        result.add(UInt16(clamping: topology.cores))
        result.add(UInt16(clamping: topology.cores))
        result.add(UInt16(clamping: threads))
        return result
    }

    /// §7.17: system memory with errors of many bits corrected.
    private static func memoryArray(_ byteCount: UInt64, deviceCount: UInt16) -> SMBIOSStructure {
        var result = SMBIOSStructure(type: 16, handle: 0x1000)
        result.add([1, 3, 6])
        result.add(UInt32(0x8000_0000))
        result.add(UInt16(0xfffe))
        result.add(deviceCount)
        result.add(byteCount)
        return result
    }

    /// §7.18: RAM in a DIMM of at most 16 GiB.
    private static func memoryDevice(_ index: UInt16, of byteCount: UInt64) -> SMBIOSStructure {
        let start = UInt64(index) * deviceLimit
        let mebibytes = min(deviceLimit, byteCount - start) >> 20
        var result = SMBIOSStructure(type: 17, handle: 0x1100 + index)
        for word: UInt16 in [0x1000, 0xfffe, 0xffff, 0xffff] { result.add(word) }
        result.add(UInt16(mebibytes >= 0x7fff ? 0x7fff : mebibytes))
        result.add([9, 0])
        result.add(text: "DIMM \(index)")
        result.add(text: "")
        result.add(UInt8(7))
        result.add(UInt16(2))
        result.add(UInt16(0))
        result.add(text: maker)
        for _ in 0..<3 { result.add(text: "") }
        result.add(UInt8(0))
        result.add(UInt32(mebibytes >= 0x7fff ? UInt32(clamping: mebibytes) : 0))
        for _ in 0..<4 { result.add(UInt16(0)) }
        return result
    }

    /// §7.20: a run of addresses, in KiB or, above 4 TiB, in bytes.
    private static func memoryRange(_ index: UInt16, _ range: AddressRange, _ deviceCount: UInt16) -> SMBIOSStructure {
        let isShort = range.end >> 10 < 0xffff_ffff
        var result = SMBIOSStructure(type: 19, handle: 0x1300 + index)
        result.add(isShort ? UInt32(range.start >> 10) : .max)
        result.add(isShort ? UInt32((range.end - 1) >> 10) : .max)
        result.add(UInt16(0x1000))
        result.add(UInt8(clamping: deviceCount))
        result.add(isShort ? 0 : range.start)
        result.add(isShort ? 0 : range.end - 1)
        return result
    }
}
