// SPDX-License-Identifier: Apache-2.0

/// Starts an ELF kernel with a multiboot header, version 1 (Multiboot Specification 0.6.96).
///
/// The segments are those of the ELF file; address fields in the multiboot header are not used.
enum MultibootLoader {
    /// The header lies within this many bytes from the file's start.
    static let searchByteCount = 8192
    /// The first word of the command line, where programs look for their own name.
    static let programName = "kernel"
    private static let headerMagic: UInt32 = 0x1bad_b002
    private static let entryMagic: UInt64 = 0x2bad_b002
    /// Page-aligned modules and memory information: what is asked for by bits 0 and 1 is always given.
    private static let servedFlags: UInt32 = 0b11
    private static let requiredFlags: UInt32 = 0xffff
    private static let modules = BootLayout.startInfo + 0x80
    private static let loaderName = BootLayout.startInfo + 0xc0
    private static let memoryMap = BootLayout.startInfo + 0x100

    /// The flags of the header in a file's first bytes; `nil` where there is none.
    static func headerFlags(in beginning: HeaderBytes) -> UInt32? {
        let end = min(beginning.bytes.count, searchByteCount) - 12
        for offset in stride(from: 0, through: end, by: 4) where beginning.word(at: offset) == headerMagic {
            let flags = beginning.word(at: offset + 4)
            if headerMagic &+ flags &+ beginning.word(at: offset + 8) == 0 { return flags }
        }
        return nil
    }

    static func load(_ image: ELFImage, flags: UInt32, for request: BootRequest) throws(KernelImageError) -> BootImage {
        let refused = flags & requiredFlags & ~servedFlags
        guard refused == 0 else {
            throw .unsupported(
                found: "the multiboot header demands features with the bits \(refused.hexadecimal)"
                    + (refused & 0b100 == 0 ? "" : " (a video mode)"),
                remedy: "give a kernel that demands none but bits 0 and 1")
        }
        guard let entry = image.physicalEntry else {
            throw .malformed("the entry \(image.entry.hexadecimal) lies in no segment")
        }
        let prefix = request.commandLine.isEmpty ? programName : programName + " "
        let commandLine = try request.commandLinePiece(prefix: prefix, limit: BootLayout.commandLineLimit)
        let initrd = try request.placeInitrd(above: image.end)
        var state = ProcessorState.protectedMode(entry: entry)
        state.rax = entryMagic
        state.rbx = BootLayout.startInfo
        return BootImage(
            format: .multiboot, segments: image.fileSegments + (initrd.map { [$0] } ?? []),
            pieces: [state.descriptorTablePiece, information(initrd: initrd, request: request), commandLine],
            entry: state)
    }

    /// The multiboot information with its list of modules, the loader's name, and the memory map.
    private static func information(initrd: FileSegment?, request: BootRequest) -> MemoryPiece {
        let map = request.map.memoryMap
        var bytes = [UInt8](repeating: 0, count: Int(memoryMap - BootLayout.startInfo))
        func store(_ value: UInt64, at offset: Int) {
            bytes.store(littleEndian: UInt32(truncatingIfNeeded: value), at: offset)
        }
        // Memory sizes, command line, memory map, loader's name, and modules where there are some.
        store(1 << 0 | 1 << 2 | 1 << 6 | 1 << 9 | (initrd == nil ? 0 : 1 << 3), at: 0)
        store(AddressMap.conventionalMemoryEnd / 1024, at: 4)
        store(request.map.extendedMemory.byteCount / 1024, at: 8)
        store(BootLayout.commandLine, at: 16)
        store(initrd == nil ? 0 : 1, at: 20)
        store(initrd == nil ? 0 : modules, at: 24)
        store(UInt64(map.count) * 24, at: 44)
        store(memoryMap, at: 48)
        store(loaderName, at: 64)
        if let initrd {
            let module = Int(modules - BootLayout.startInfo)
            store(initrd.guestAddress, at: module)
            store(initrd.range.end, at: module + 4)
            store(modules + 16, at: module + 8)  // its string: the empty one
        }
        let name = Int(loaderName - BootLayout.startInfo)
        bytes.replaceSubrange(name..<(name + 4), with: Array("apus".utf8))
        for entry in map {
            bytes.append(littleEndian: UInt32(20))  // the entry's size, this field not counted
            bytes.append(littleEndian: entry.range.start)
            bytes.append(littleEndian: entry.range.byteCount)
            bytes.append(littleEndian: entry.kind.rawValue)
        }
        return MemoryPiece(guestAddress: BootLayout.startInfo, bytes: bytes)
    }
}
