// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import Testing

@testable import Machine

@Suite("Machines with firmware", .enabled(if: GuestRun.isPossible, "/dev/kvm cannot be opened here"), .serialized)
struct FirmwareMachineTests {
    private static let imageByteCount = 64 << 10

    /// An image that jumps from the reset vector to `code` at the start of its last 4 KiB, in real mode.
    private static func image(_ code: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0x90, count: imageByteCount)
        bytes.replaceSubrange((imageByteCount - 4096)..<(imageByteCount - 4096 + code.count), with: code)
        // jmp 0xf000, relative to the end of the instruction at 0xfff3
        bytes.replaceSubrange((imageByteCount - 16)..<(imageByteCount - 13), with: [0xe9, 0x0d, 0xf0])
        return bytes
    }

    private static func file(_ bytes: [UInt8]) throws -> OpenFile {
        let number = unsafe memfd_create("file", 0)
        try #require(number >= 0)
        let descriptor = Descriptor(owning: number)
        try descriptor.writeAll(bytes)
        return try OpenFile(owning: descriptor)
    }

    private static func run(_ code: [UInt8], variables: OpenFile? = nil) throws -> GuestRun {
        try GuestRun(
            booting: .firmware(FirmwareSource(image: try file(image(code)), variables: variables, bootOrder: [])))
    }

    private static func exitCode(of run: GuestRun) throws -> UInt8? {
        guard case .debugExit(let code)? = try run.nextEvent() else {
            run.machine.pause()
            Issue.record("no exit: \(run.events)\n\(run.machine.report())")
            return nil
        }
        return code >> 1
    }

    /// `mov dx, port; mov al, value; out dx, al`, in 16 bits.
    private static func out(_ value: UInt8, port: UInt16) -> [UInt8] {
        [0xba, UInt8(truncatingIfNeeded: port), UInt8(port >> 8), 0xb0, value, 0xee]
    }

    /// Ends the machine with AL.
    private static let exit: [UInt8] = [0xba, 0xf4, 0x00, 0xee, 0xf4, 0xeb, 0xfd]

    /// Selects PAM0 by mechanism 1 and writes it: `mov eax, 0x80000090; mov dx, 0xcf8; out dx, eax; …`.
    private static func setShadow(_ value: UInt8) -> [UInt8] {
        [0x66, 0xb8, 0x90, 0x00, 0x00, 0x80, 0xba, 0xf8, 0x0c, 0x66, 0xef] + out(value, port: 0xcfc)
    }

    /// `mov ax, segment; mov ds, ax`.
    private static func dataSegment(_ segment: UInt16) -> [UInt8] {
        [0xb8, UInt8(truncatingIfNeeded: segment), UInt8(segment >> 8), 0x8e, 0xd8]
    }

    @Test("the first instruction is 16 bytes below 4 GiB, and fw_cfg answers")
    func start() throws {
        // mov dx, 0x510; xor ax, ax; out dx, ax; inc dx; in al, dx
        let run = try Self.run([0xba, 0x10, 0x05, 0x31, 0xc0, 0xef, 0x42, 0xec, 0x24, 0x7f] + Self.exit)
        #expect(try Self.exitCode(of: run) == UInt8(ascii: "Q"))
    }

    @Test("the image is seen below 1 MiB and cannot be written there")
    func copy() throws {
        // mov byte [0xffff], 0x11 is lost; mov al, [0xfff0] is the jump's first byte, cut to seven bits
        let code =
            Self.dataSegment(0xf000) + [0xc6, 0x06, 0xf0, 0xff, 0x11, 0xa0, 0xf0, 0xff, 0x24, 0x7f] + Self.exit
        #expect(try Self.exitCode(of: try Self.run(code)) == 0x69)
    }

    @Test("PAM puts RAM there, which then keeps what was written, also read-only")
    func shadow() throws {
        let write: [UInt8] = [0xc6, 0x06, 0x00, 0x10]  // mov byte [0x1000], value
        let code =
            Self.setShadow(0x30) + Self.dataSegment(0xf000) + write + [0x2a] + Self.setShadow(0x10) + write + [0x11]
            + [0xa0, 0x00, 0x10] + Self.exit
        #expect(try Self.exitCode(of: try Self.run(code)) == 0x2a)
    }

    @Test("a reset takes RAM away again")
    func reset() throws {
        // Read the image's byte below 1 MiB (0x90), show RAM instead, ask for a reset the first time.
        let ask = Self.setShadow(0x30) + Self.out(6, port: 0xcf9) + [0xf4, 0xeb, 0xfd]
        let select = Self.out(0x50, port: 0x70)
        let mark = select + Self.out(0x5a, port: 0x71) + ask
        let check: [UInt8] = [0xba, 0x71, 0x00, 0xec, 0x3c, 0x5a, 0x74, UInt8(mark.count)]
        let end = Self.dataSegment(0xf000) + [0xa0, 0x00, 0x10, 0x24, 0x7f] + Self.exit
        let run = try Self.run(select + check + mark + end)
        guard case .resetRequested? = try run.nextEvent() else {
            Issue.record("no reset was asked for")
            return
        }
        try run.machine.reset()
        #expect(try Self.exitCode(of: run) == 0x10)
    }

    @Test("variables are written to their file, and read back as memory")
    func variables() throws {
        let file = try Self.file([UInt8](repeating: 0xff, count: 4096))
        // Protected mode for an address above 1 MiB: lgdt, CR0.PE, flat DS (marked as accessed: the table is in ROM); then
        // program 0x2a at 5 and read it back.
        let table: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0]
        let start: UInt32 = 0xffff_0000 - 4096
        func store(_ value: UInt8) -> [UInt8] {  // mov byte [start + 5], value
            let address = start + 5
            return [0x67, 0xc6, 0x05] + (0..<4).map { UInt8(truncatingIfNeeded: address >> (8 * $0)) } + [value]
        }
        let load: [UInt8] = [0x67, 0xa0] + (0..<4).map { UInt8(truncatingIfNeeded: (start + 5) >> (8 * $0)) }
        let tableOffset: UInt16 = 0xf800
        var code: [UInt8] = [0x2e, 0x66, 0x0f, 0x01, 0x16, 0x10, 0xf8]  // lgdt cs:[0xf810]
        code += [0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0, 0xb8, 0x08, 0x00, 0x8e, 0xd8]
        code += store(0x40) + store(0x2a) + store(0xff) + load + Self.exit
        code += [UInt8](repeating: 0, count: 0x800 - code.count) + table
        let linear: UInt32 = 0xffff_0000 + UInt32(tableOffset)
        code += [15, 0] + (0..<4).map { UInt8(truncatingIfNeeded: linear >> (8 * $0)) }
        let run = try Self.run(code, variables: file)
        #expect(try Self.exitCode(of: run) == 0x2a)
        #expect(try file.descriptor.read(at: 5, count: 1) == [0x2a])
    }
}
