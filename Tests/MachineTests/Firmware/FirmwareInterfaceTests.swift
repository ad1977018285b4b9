// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@testable import Machine

@Suite("fw_cfg")
struct FirmwareInterfaceTests {
    private let memory: GuestMemory
    private let files: FirmwareFiles
    private let device: FirmwareInterface

    init() throws {
        memory = try GuestMemory(lowByteCount: 2 << 20)
        files = FirmwareFiles(
            BoardConfiguration(
                map: try AddressMap(memoryByteCount: 64 << 20),
                topology: try ProcessorTopology(sockets: 1, cores: 2, threads: 1)), bootOrder: [])
        device = FirmwareInterface(files, memory: memory)
    }

    private func select(_ key: UInt16) { device.write(UInt64(key), at: 0, width: .word) }

    /// Lets the device follow a descriptor at `place` and returns its control word afterwards.
    private func transfer(
        _ control: UInt32, length: UInt32, to target: UInt64, at place: UInt64 = 0x1000
    ) throws -> UInt32 {
        try memory.store(control.byteSwapped, at: GuestAddress(place))
        try memory.store(length.byteSwapped, at: GuestAddress(place + 4))
        try memory.store(target.byteSwapped, at: GuestAddress(place + 8))
        device.write(UInt64(UInt32(place >> 32).byteSwapped), at: 4, width: .long)
        device.write(UInt64(UInt32(truncatingIfNeeded: place).byteSwapped), at: 8, width: .long)
        return try memory.load(UInt32.self, at: GuestAddress(place)).byteSwapped
    }

    @Test("an item is read byte by byte, and zeros behind its end")
    func bytes() {
        select(FirmwareFiles.Key.signature)
        #expect((0..<6).map { _ in device.byte(1) } == Array("QEMU".utf8) + [0, 0])
        select(0x3fff)
        #expect(device.byte(1) == 0)
        select(FirmwareFiles.Key.processorCount)
        #expect(device.byte(1) == 2)
    }

    @Test("the DMA register says that it is there")
    func signature() {
        #expect(device.read(at: 4, width: .long) == UInt64(UInt32(0x5145_4d55).byteSwapped))
        #expect(device.read(at: 8, width: .long) == UInt64(UInt32(0x2043_4647).byteSwapped))
    }

    @Test("an item is copied into memory whole, with zeros behind it")
    func copy() throws {
        let directory = try #require(files.items[FirmwareFiles.Key.directory])
        try memory.write([0xff, 0xff], at: GuestAddress(0x2000 + UInt64(directory.count)))
        let control = UInt32(FirmwareFiles.Key.directory) << 16 | 0x0a
        #expect(try transfer(control, length: UInt32(directory.count) + 2, to: 0x2000) == 0)
        #expect(try memory.read(at: GuestAddress(0x2000), count: directory.count + 2) == directory + [0, 0])
    }

    @Test("bytes are skipped, and reading goes on behind them")
    func skip() throws {
        let control = UInt32(FirmwareFiles.Key.signature) << 16 | 0x0c
        #expect(try transfer(control, length: 2, to: 0) == 0)
        #expect(device.byte(1) == UInt8(ascii: "M"))
    }

    @Test("what cannot be written, or lies outside of memory, is an error", arguments: [0x10, 0x12] as [UInt32])
    func errors(_ control: UInt32) throws {
        #expect(try transfer(control, length: 4, to: control == 0x10 ? 0x2000 : 0xffff_ffff_ffff_fff0) == 1)
        try memory.write([0x5a], at: GuestAddress(0x2000))
        #expect(try transfer(2, length: 16 << 20 | 1, to: 0x2000) == 1)
        #expect(try memory.read(at: GuestAddress(0x2000), count: 1) == [0x5a])
    }

    @Test("a descriptor outside of memory does nothing")
    func lostDescriptor() {
        device.write(UInt64(UInt32.max), at: 4, width: .long)
        device.write(UInt64(UInt32.max), at: 8, width: .long)
        select(FirmwareFiles.Key.signature)
        #expect(device.byte(1) == UInt8(ascii: "Q"))
    }
}
