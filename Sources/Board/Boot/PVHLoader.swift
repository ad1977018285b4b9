// SPDX-License-Identifier: Apache-2.0

/// Starts an ELF kernel by the entry that its PVH note names (Xen, `docs/misc/pvh.pandoc`).
enum PVHLoader {
    /// Linux's own limit: the format has no field for it, and Linux would drop the rest without a word.
    static let commandLineLimit = 2047
    private static let noteType: UInt32 = 18
    private static let noteByteLimit: UInt64 = 1 << 16
    private static let magic: UInt32 = 0x336e_c578
    private static let modules = BootLayout.startInfo + 0x40
    private static let memoryMap = BootLayout.startInfo + 0x80

    /// The physical entry address that the note names; `nil` where the file has no such note.
    static func entry(
        of image: ELFImage, in kernel: borrowing some KernelFile & ~Copyable
    ) throws(KernelImageError) -> UInt64? {
        for note in image.notes where note.fileByteCount > 0 {
            let count = Int(min(note.fileByteCount, noteByteLimit))
            let bytes = HeaderBytes(try kernel.read("the segment of notes", at: note.fileOffset, count: count))
            if let entry = entry(in: bytes, alignment: note.alignment == 8 ? 8 : 4) {
                return entry
            }
        }
        return nil
    }

    static func load(
        _ image: ELFImage, entry: UInt64, for request: BootRequest
    ) throws(KernelImageError) -> BootImage {
        guard image.segments.contains(where: { $0.memoryRange.contains(entry) }) else {
            throw .malformed("the PVH entry \(entry.hexadecimal) lies in no segment")
        }
        let commandLine = try request.commandLinePiece(limit: commandLineLimit)
        let initrd = try request.placeInitrd(above: image.end)
        var state = ProcessorState.protectedMode(entry: entry)
        state.rbx = BootLayout.startInfo
        return BootImage(
            format: .pvh, segments: image.fileSegments + (initrd.map { [$0] } ?? []),
            pieces: [state.descriptorTablePiece, startInfo(initrd: initrd, request: request), commandLine],
            entry: state)
    }

    /// Walks the notes: sizes of name and description, type, then both, each padded.
    private static func entry(in notes: HeaderBytes, alignment: Int) -> UInt64? {
        var offset = 0
        while offset <= notes.bytes.count - 12 {
            let nameByteCount = Int(notes.word(at: offset))
            let descriptionByteCount = Int(notes.word(at: offset + 4))
            let description = (offset + 12 + nameByteCount + alignment - 1) / alignment * alignment
            let end = description + descriptionByteCount
            guard end <= notes.bytes.count else { return nil }
            let isOurs = notes.word(at: offset + 8) == noteType && notes.bytes.has(Array("Xen\0".utf8), at: offset + 12)
            if isOurs, nameByteCount == 4, descriptionByteCount == 4 || descriptionByteCount == 8 {
                return descriptionByteCount == 4 ? UInt64(notes.word(at: description)) : notes.long(at: description)
            }
            offset = (end + alignment - 1) / alignment * alignment
        }
        return nil
    }

    /// `hvm_start_info` version 1, the list of modules, and the memory map.
    private static func startInfo(initrd: FileSegment?, request: BootRequest) -> MemoryPiece {
        let map = request.map.memoryMap
        var bytes: [UInt8] = []
        for word in [magic, 1, 0, initrd == nil ? 0 : 1] { bytes.append(littleEndian: word) }
        bytes.append(littleEndian: initrd == nil ? 0 : modules)
        bytes.append(littleEndian: BootLayout.commandLine)
        bytes.append(littleEndian: request.rootPointerAddress)
        bytes.append(littleEndian: memoryMap)
        for word in [UInt32(map.count), 0] { bytes.append(littleEndian: word) }

        bytes.append(contentsOf: repeatElement(0, count: Int(modules - BootLayout.startInfo) - bytes.count))
        for long in [initrd?.guestAddress ?? 0, initrd?.byteCount ?? 0, 0, 0] { bytes.append(littleEndian: long) }
        bytes.append(contentsOf: repeatElement(0, count: Int(memoryMap - BootLayout.startInfo) - bytes.count))
        for entry in map {
            bytes.append(littleEndian: entry.range.start)
            bytes.append(littleEndian: entry.range.byteCount)
            bytes.append(littleEndian: UInt64(entry.kind.rawValue))
        }
        return MemoryPiece(guestAddress: BootLayout.startInfo, bytes: bytes)
    }
}
