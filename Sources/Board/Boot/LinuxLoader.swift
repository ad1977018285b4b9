// SPDX-License-Identifier: Apache-2.0

/// Starts a bzImage by its 64-bit entry (Linux, `Documentation/arch/x86/boot.rst`, "64-bit Boot Protocol").
enum LinuxLoader {
    /// The distance from the code's start to the 64-bit entry, in bytes.
    static let entryOffset: UInt64 = 0x200

    static func load(
        _ beginning: HeaderBytes, fileByteCount: UInt64, for request: BootRequest
    ) throws(KernelImageError) -> BootImage {
        let header = try LinuxSetupHeader(beginning, fileByteCount: fileByteCount)
        let commandLine = try request.commandLinePiece(limit: header.commandLineLimit)
        guard let kernelEnd = header.preferredAddress.adding(header.initialByteCount) else {
            throw .malformed("the preferred address is \(header.preferredAddress.hexadecimal)")
        }
        let initrd = try request.placeInitrd(above: kernelEnd, below: header.initrdLastAddress + 1)

        let kernel = FileSegment(
            source: .kernel, fileOffset: header.payloadOffset, byteCount: header.payloadByteCount,
            guestAddress: header.preferredAddress, zeroByteCount: header.initialByteCount - header.payloadByteCount)
        var entry = ProcessorState.longMode(entry: header.preferredAddress + entryOffset)
        entry.rsi = BootLayout.bootParameters
        let parameters = bootParameters(header, initrd: initrd, request: request)
        return BootImage(
            format: .bzImage, segments: [kernel] + (initrd.map { [$0] } ?? []),
            pieces: [entry.descriptorTablePiece, parameters, IdentityMap.piece, commandLine], entry: entry)
    }

    /// The `boot_params` page ("zero page").
    private static func bootParameters(
        _ header: LinuxSetupHeader, initrd: FileSegment?, request: BootRequest
    ) -> MemoryPiece {
        var page = [UInt8](repeating: 0, count: Int(AddressMap.pageByteCount))
        page.replaceSubrange(LinuxSetupHeader.start..<(LinuxSetupHeader.start + header.bytes.count), with: header.bytes)
        page.store(littleEndian: request.rootPointerAddress, at: 0x70)
        page[0x210] = 0xff  // type_of_loader: none of those with a number
        page.store(littleEndian: UInt32(truncatingIfNeeded: initrd?.guestAddress ?? 0), at: 0x218)
        page.store(littleEndian: UInt32(truncatingIfNeeded: initrd?.byteCount ?? 0), at: 0x21c)
        page.store(littleEndian: UInt32(BootLayout.commandLine), at: 0x228)
        page.store(littleEndian: UInt64(0), at: 0x250)  // setup_data: the file's would point nowhere

        let map = request.map.memoryMap
        page[0x1e8] = UInt8(map.count)
        for (index, entry) in map.enumerated() {
            let offset = 0x2d0 + 20 * index
            page.store(littleEndian: entry.range.start, at: offset)
            page.store(littleEndian: entry.range.byteCount, at: offset + 8)
            page.store(littleEndian: entry.kind.rawValue, at: offset + 16)
        }
        return MemoryPiece(guestAddress: BootLayout.bootParameters, bytes: page)
    }
}
