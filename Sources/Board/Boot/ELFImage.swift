// SPDX-License-Identifier: Apache-2.0

/// An executable ELF file for x86, its headers read and checked.
struct ELFImage {
    private enum SegmentType {
        static let load: UInt32 = 1
        static let note: UInt32 = 4
    }

    /// More program headers than any kernel has; bounds what a hostile file makes us read.
    private static let segmentLimit: UInt16 = 256

    /// The address that the file's header names; a virtual one.
    let entry: UInt64
    /// What to load, by ascending physical address, without overlaps; never empty.
    let segments: [ELFSegment]
    /// Where the notes lie.
    let notes: [ELFSegment]

    static func isPresent(in beginning: HeaderBytes) -> Bool {
        beginning.bytes.has([0x7f] + Array("ELF".utf8), at: 0)
    }

    init(
        _ kernel: borrowing some KernelFile & ~Copyable, beginning: HeaderBytes
    ) throws(KernelImageError) {
        let is64Bit = try Self.checkKind(beginning)
        entry = is64Bit ? beginning.long(at: 24) : UInt64(beginning.word(at: 24))
        let tableOffset = is64Bit ? beginning.long(at: 32) : UInt64(beginning.word(at: 28))
        let entryByteCount = beginning.half(at: is64Bit ? 54 : 42)
        let count = beginning.half(at: is64Bit ? 56 : 44)
        guard entryByteCount == (is64Bit ? 56 : 32) else {
            throw .malformed("a program header has \(entryByteCount) bytes")
        }
        guard count > 0, count <= Self.segmentLimit else {
            throw .malformed("it has \(count) program headers, not 1 to \(Self.segmentLimit)")
        }

        let table = HeaderBytes(
            try kernel.read("the table of program headers", at: tableOffset, count: Int(count) * Int(entryByteCount)))
        var segments: [ELFSegment] = []
        var notes: [ELFSegment] = []
        for index in 0..<Int(count) {
            let offset = index * Int(entryByteCount)
            let segment = is64Bit ? Self.segment64(table, at: offset) : Self.segment32(table, at: offset)
            switch table.word(at: offset) {
            case SegmentType.load where segment.memoryByteCount > 0:
                try Self.checkLoad(segment, fileByteCount: kernel.byteCount)
                segments.append(segment)
            case SegmentType.note:
                let end = segment.fileOffset.adding(segment.fileByteCount) ?? .max
                guard end <= kernel.byteCount else {
                    throw .truncated(part: "the segment of notes", needed: end, found: kernel.byteCount)
                }
                notes.append(segment)
            default:
                break
            }
        }
        self.segments = try Self.sorted(segments)
        self.notes = notes
    }

    /// The physical address of the entry that the header names; `nil` where it lies in no segment.
    var physicalEntry: UInt64? {
        for segment in segments {
            if let address = segment.physicalAddress(of: entry) { return address }
        }
        return nil
    }

    /// The first address past the last segment.
    var end: UInt64 { segments.last?.memoryRange.end ?? 0 }

    /// The segments as the machine loads them.
    var fileSegments: [FileSegment] {
        segments.map { segment in
            FileSegment(
                source: .kernel, fileOffset: segment.fileOffset, byteCount: segment.fileByteCount,
                guestAddress: segment.physicalAddress, zeroByteCount: segment.memoryByteCount - segment.fileByteCount)
        }
    }

    /// Returns whether the file is a 64-bit one.
    private static func checkKind(_ header: HeaderBytes) throws(KernelImageError) -> Bool {
        let byteClass = header.byte(at: 4)
        guard header.bytes.count <= 4 || byteClass == 1 || byteClass == 2 else {
            throw .malformed("its ELF class is \(byteClass)")
        }
        let byteCount = byteClass == 1 ? 52 : 64
        guard header.bytes.count >= byteCount else {
            throw .truncated(part: "the ELF header", needed: UInt64(byteCount), found: UInt64(header.bytes.count))
        }
        guard header.byte(at: 5) == 1 else {
            throw .wrongArchitecture(found: "a big-endian processor")
        }
        let machine = header.half(at: 18)
        guard machine == 62 || machine == 3 else { throw .wrongArchitecture(found: machineName(machine)) }
        let type = header.half(at: 16)
        guard type == 2 || type == 3 else {
            let kind = type == 1 ? "an object file or a module" : "of type \(type)"
            throw .unsupported(
                found: "this ELF file is \(kind), not a program",
                remedy: "give the linked kernel (vmlinux)")
        }
        return byteClass == 2
    }

    private static func machineName(_ machine: UInt16) -> String {
        switch machine {
        case 8: "MIPS"
        case 21: "64-bit POWER"
        case 22: "S/390"
        case 40: "32-bit ARM"
        case 183: "aarch64"
        case 243: "RISC-V"
        case 258: "LoongArch"
        default: "a processor with the ELF number \(machine)"
        }
    }

    private static func segment64(_ table: HeaderBytes, at offset: Int) -> ELFSegment {
        ELFSegment(
            fileOffset: table.long(at: offset + 8), fileByteCount: table.long(at: offset + 32),
            virtualAddress: table.long(at: offset + 16), physicalAddress: table.long(at: offset + 24),
            memoryByteCount: table.long(at: offset + 40), alignment: table.long(at: offset + 48))
    }

    private static func segment32(_ table: HeaderBytes, at offset: Int) -> ELFSegment {
        ELFSegment(
            fileOffset: UInt64(table.word(at: offset + 4)), fileByteCount: UInt64(table.word(at: offset + 16)),
            virtualAddress: UInt64(table.word(at: offset + 8)), physicalAddress: UInt64(table.word(at: offset + 12)),
            memoryByteCount: UInt64(table.word(at: offset + 20)), alignment: UInt64(table.word(at: offset + 28)))
    }

    private static func checkLoad(_ segment: ELFSegment, fileByteCount: UInt64) throws(KernelImageError) {
        let name = "the segment at \(segment.physicalAddress.hexadecimal)"
        let fileEnd = segment.fileOffset.adding(segment.fileByteCount) ?? .max
        guard fileEnd <= fileByteCount else {
            throw .truncated(part: name, needed: fileEnd, found: fileByteCount)
        }
        guard segment.fileByteCount <= segment.memoryByteCount else {
            throw .malformed("\(name) has more bytes in the file than in memory")
        }
        guard let end = segment.physicalAddress.adding(segment.memoryByteCount),
            segment.virtualAddress.adding(segment.memoryByteCount - 1) != nil
        else {
            throw .malformed("\(name) wraps around the end of the address space")
        }
        guard segment.physicalAddress >= AddressMap.extendedMemoryStart else {
            throw .unsupported(
                found: "\(name) lies below 1 MiB, where the boot information and the ACPI tables are",
                remedy: "link the kernel for 1 MiB or above (ld puts the file's own headers below the code unless it "
                    + "is given -n)")
        }
        guard end <= AddressMap.highMemoryStart else {
            throw .unsupported(
                found: "\(name) ends above 4 GiB, which a 32-bit entry cannot reach",
                remedy: "link the kernel for a lower physical address")
        }
    }

    private static func sorted(_ segments: [ELFSegment]) throws(KernelImageError) -> [ELFSegment] {
        let sorted = segments.sorted { $0.physicalAddress < $1.physicalAddress }
        guard !sorted.isEmpty else { throw .malformed("no segment is to be loaded") }
        for (first, second) in zip(sorted, sorted.dropFirst())
        where first.memoryRange.overlaps(second.memoryRange) {
            throw .overlappingSegments(first: first.memoryRange, second: second.memoryRange)
        }
        return sorted
    }
}
