// SPDX-License-Identifier: Apache-2.0
import Board

/// Small kernels of every format, whole and valid, for tests to start from or to damage.
enum SampleKernels {
    /// A program header with its part of the file.
    struct Segment {
        var type: UInt32 = 1
        var address: UInt64
        var contents: [UInt8]
        var memoryByteCount: UInt64?
    }

    /// A bzImage: 4 setup sectors, 4 KiB of code, to be loaded at 16 MiB, in need of 8 MiB.
    static func bzImage() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 5 * 512 + 4096)
        bytes[0x1f1] = 4
        bytes.put(UInt32(4096 / 16), at: 0x1f4)
        bytes.put(UInt16(0xaa55), at: 0x1fe)
        bytes[0x200] = 0xeb
        bytes[0x201] = 0x6a
        bytes.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
        bytes.put(UInt16(0x20f), at: 0x206)
        bytes[0x211] = 1
        bytes.put(UInt32(0x7fff_ffff), at: 0x22c)
        bytes.put(UInt32(0x20_0000), at: 0x230)
        bytes[0x234] = 1
        bytes.put(UInt16(0x7f), at: 0x236)
        bytes.put(UInt32(2047), at: 0x238)
        bytes.put(UInt64(0x100_0000), at: 0x258)
        bytes.put(UInt32(0x80_0000), at: 0x260)
        return bytes
    }

    /// A PVH note as a segment's contents.
    static func pvhNote(entry: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 24)
        bytes.put(UInt32(4), at: 0)
        bytes.put(UInt32(8), at: 4)
        bytes.put(UInt32(18), at: 8)
        bytes.replaceSubrange(12..<15, with: Array("Xen".utf8))
        bytes.put(entry, at: 16)
        return bytes
    }

    /// A multiboot header.
    static func multibootHeader(flags: UInt32 = 3) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 12)
        bytes.put(UInt32(0x1bad_b002), at: 0)
        bytes.put(flags, at: 4)
        bytes.put(0 &- (0x1bad_b002 &+ flags), at: 8)
        return bytes
    }

    /// A 64-bit ELF file; a segment's contents follow the headers in order.
    static func elf64(entry: UInt64, segments: [Segment], machine: UInt16 = 62, type: UInt16 = 2) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64 + 56 * segments.count)
        bytes.replaceSubrange(0..<7, with: [0x7f] + Array("ELF".utf8) + [2, 1, 1])
        bytes.put(type, at: 16)
        bytes.put(machine, at: 18)
        bytes.put(entry, at: 24)
        bytes.put(UInt64(64), at: 32)
        bytes.put(UInt16(56), at: 54)
        bytes.put(UInt16(segments.count), at: 56)
        for (index, segment) in segments.enumerated() {
            let header = 64 + 56 * index
            bytes.put(segment.type, at: header)
            bytes.put(UInt64(bytes.count), at: header + 8)
            bytes.put(segment.address, at: header + 16)
            bytes.put(segment.address, at: header + 24)
            bytes.put(UInt64(segment.contents.count), at: header + 32)
            bytes.put(segment.memoryByteCount ?? UInt64(segment.contents.count), at: header + 40)
            bytes.append(contentsOf: segment.contents)
        }
        return bytes
    }

    /// The same as a 32-bit ELF file.
    static func elf32(entry: UInt32, segments: [Segment]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 52 + 32 * segments.count)
        bytes.replaceSubrange(0..<7, with: [0x7f] + Array("ELF".utf8) + [1, 1, 1])
        bytes.put(UInt16(2), at: 16)
        bytes.put(UInt16(3), at: 18)
        bytes.put(entry, at: 24)
        bytes.put(UInt32(52), at: 28)
        bytes.put(UInt16(32), at: 42)
        bytes.put(UInt16(segments.count), at: 44)
        for (index, segment) in segments.enumerated() {
            let header = 52 + 32 * index
            bytes.put(segment.type, at: header)
            bytes.put(UInt32(bytes.count), at: header + 4)
            bytes.put(UInt32(segment.address), at: header + 8)
            bytes.put(UInt32(segment.address), at: header + 12)
            bytes.put(UInt32(segment.contents.count), at: header + 16)
            bytes.put(UInt32(segment.memoryByteCount ?? UInt64(segment.contents.count)), at: header + 20)
            bytes.append(contentsOf: segment.contents)
        }
        return bytes
    }

    /// An ELF kernel with two segments and a PVH note that names 0x1000010.
    static func pvh() -> [UInt8] {
        elf64(
            entry: 0x100_0000,
            segments: [
                Segment(
                    address: 0x100_0000, contents: [UInt8](repeating: 0x90, count: 64), memoryByteCount: 0x1000),
                Segment(address: 0x20_0000, contents: [UInt8](repeating: 0xcc, count: 32)),
                Segment(type: 4, address: 0, contents: pvhNote(entry: 0x100_0010)),
            ])
    }

    /// A 32-bit ELF kernel with a multiboot header at the start of its one segment.
    static func multiboot(flags: UInt32 = 3) -> [UInt8] {
        elf32(
            entry: 0x10_000c,
            segments: [
                Segment(
                    address: 0x10_0000, contents: multibootHeader(flags: flags) + [0xf4, 0, 0, 0],
                    memoryByteCount: 0x2000)
            ])
    }

    /// One of each, by name.
    static let all: [(name: String, bytes: [UInt8])] = [
        ("bzImage", bzImage()), ("PVH", pvh()), ("multiboot", multiboot()),
    ]
}
