// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("Files for firmware")
struct FirmwareFilesTests {
    private static func files(order: [PCIFunctionAddress] = []) throws -> FirmwareFiles {
        FirmwareFiles(try StandardBoard.configuration(), bootOrder: order)
    }

    @Test("the loader's script makes of the files the tables that a machine without firmware has")
    func tables() throws {
        let loader = try TableLoader(try Self.files().files)
        let root = try #require(loader.loaded["etc/acpi/rsdp"]).bytes
        #expect(root.prefix(20).reduce(0, &+) == 0 && root.reduce(0, &+) == 0)
        let list = try loader.table(at: root.get(UInt64.self, at: 24))
        #expect(list.reduce(0, &+) == 0)
        let found = try stride(from: 36, to: list.count, by: 8).map {
            try loader.table(at: list.get(UInt64.self, at: $0))
        }
        let plain = ACPITables(try StandardBoard.configuration()).tables
        for table in found {
            #expect(table.reduce(0, &+) == 0)
            let signature = table.text(at: 0).prefix(4)
            let same = try #require(plain.first { $0.signature == signature }).piece.bytes
            #expect(table.count == same.count)
            if signature != "FACP" { #expect(table == same) }
        }
        let fixed = try #require(found.first { $0.text(at: 0).hasPrefix("FACP") })
        let differentiated = try loader.table(at: fixed.get(UInt64.self, at: 140))
        #expect(differentiated == plain.first { $0.signature == "DSDT" }?.piece.bytes)
        #expect(try loader.table(at: UInt64(fixed.get(UInt32.self, at: 36))).text(at: 0).hasPrefix("FACS"))
        #expect(fixed.get(UInt32.self, at: 36) % 64 == 0)
    }

    @Test("the window for BARs follows where firmware has put them, and sizes stay")
    func window() throws {
        let board = try StandardBoard.configuration()
        func range(_ start: UInt64) -> AddressRange { AddressRange(start: start, byteCount: 0x4000) }
        #expect(board.following([range(0xc000_0000), range(board.map.pciWindow64.start)]) == board)
        let moved = board.following([range(0xc000_0000), range(0xe0_0000_0000), range(0xe0_4000_4000)])
        #expect(moved.pciWindow64 == AddressRange(start: 0xe0_0000_0000, byteCount: 0x8000_0000))
        #expect(board.following([range(.max - 0x4000), range(1 << 52)]) == board)
        let sizes = { (board: BoardConfiguration) in FirmwareFiles(board, bootOrder: []).files.map(\.bytes.count) }
        #expect(sizes(moved) == sizes(board))
        let files = FirmwareFiles(moved, bootOrder: [])
        #expect(
            files.files[Int(try #require(files.scriptKey) - FirmwareFiles.Key.firstFile)].name == "etc/table-loader")
    }

    @Test("the directory names every file with its size and key, by ascending name")
    func directory() throws {
        let files = try Self.files()
        let directory = try #require(files.items[FirmwareFiles.Key.directory])
        #expect(Int(directory.get(UInt32.self, at: 0).byteSwapped) == files.files.count)
        var names: [String] = []
        for index in files.files.indices {
            let start = 4 + 64 * index
            let key = directory.get(UInt16.self, at: start + 4).byteSwapped
            let name = directory.text(at: start + 8)
            names.append(name)
            let bytes = try #require(files.items[key])
            #expect(Int(directory.get(UInt32.self, at: start).byteSwapped) == bytes.count)
            #expect(bytes == files.files.first { $0.name == name }?.bytes)
        }
        #expect(names == names.sorted() && Set(names).count == names.count)
        #expect(names.contains("etc/e820") && names.contains("etc/sercon-port"))
    }

    @Test("the boot order is lines of device paths with a closing NUL")
    func bootOrder() throws {
        let order = [PCIFunctionAddress(device: 0x1e), PCIFunctionAddress(device: 2)]
        let file = try #require(try Self.files(order: order).files.first { $0.name == "bootorder" })
        #expect(
            String(decoding: file.bytes, as: UTF8.self) == "/pci@i0cf8/scsi@1e/disk@0,0\n/pci@i0cf8/scsi@2/disk@0,0\0")
    }

    @Test("the memory map has all RAM and nothing twice")
    func memoryMap() throws {
        let map = try StandardBoard.configuration().map
        let bytes = try #require(try Self.files().files.first { $0.name == "etc/e820" }).bytes
        let entries = stride(from: 0, to: bytes.count, by: 20).map {
            (bytes.get(UInt64.self, at: $0), bytes.get(UInt64.self, at: $0 + 8), bytes.get(UInt32.self, at: $0 + 16))
        }
        #expect(entries.filter { $0.2 == 1 }.reduce(0) { $0 + $1.1 } == map.memoryByteCount)
        for (entry, next) in zip(entries.sorted { $0.0 < $1.0 }, entries.sorted { $0.0 < $1.0 }.dropFirst()) {
            #expect(entry.0 + entry.1 <= next.0)
        }
    }
}
