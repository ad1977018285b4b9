// SPDX-License-Identifier: Apache-2.0

/// A piece of a vmdk image with grain tables: where its grains lie, and their bytes. Read only.
///
/// What its tables say is checked when it is used; memory is the grain directory, a few grain tables and one grain.
final class VmdkSparseExtent {
    /// Where a grain is.
    enum Grain: Equatable {
        case absent
        case zero
        /// At a byte of the file.
        case stored(UInt64)
    }

    private static let cachedTableCount = 64
    let file: any BlockNode
    let header: VmdkSparseHeader
    private let directory: [UInt32]
    private var tables: [(index: Int, entries: [UInt32])?]
    private var grains: VmdkGrainReader

    /// Reads the header, the footer where that has the directory's place, and the directory.
    init(file: any BlockNode) throws(BlockError) {
        self.file = file
        let first = try VmdkSparseHeader(try file.checkedBytes(0..<UInt64(VmdkSparseHeader.byteCount)), fileOffset: 0)
        header = try first.directoryOffset == nil ? Self.footer(of: file) : first
        guard let offset = header.directoryOffset else {
            throw .corrupt("a vmdk extent whose footer has no grain directory", fileOffset: file.byteCount)
        }
        directory = try file.littleNumbers(Int(header.directoryEntryCount), at: offset)
        tables = Array(repeating: nil, count: Self.cachedTableCount)
        grains = VmdkGrainReader(file: file, header: header)
    }

    /// The header before the end-of-stream marker of a stream-optimized extent.
    private static func footer(of file: any BlockNode) throws(BlockError) -> VmdkSparseHeader {
        guard file.byteCount >= 4 * 512 else {
            throw .corrupt("a vmdk extent ends before its footer", fileOffset: file.byteCount)
        }
        let offset = file.byteCount - 2 * 512
        return try VmdkSparseHeader(try file.checkedBytes(offset..<offset + 512), fileOffset: offset)
    }

    /// Where the grain of an offset below the capacity lies.
    func grain(at offset: UInt64) throws(BlockError) -> Grain {
        let index = Int(offset / header.tableReach)
        guard directory[index] != 0 else { return .absent }
        let entry = try table(index)[Int(offset / header.grainByteCount % header.entriesPerTable)]
        switch entry {
        case 0: return .absent
        case 1 where header.hasZeroGrains: return .zero
        default: return .stored(UInt64(entry) * 512)
        }
    }

    /// Fills a span that lies within one grain.
    func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        switch try grain(at: offset) {
        case .absent, .zero: span.clear()
        case .stored(let fileOffset):
            let start = offset / header.grainByteCount * header.grainByteCount
            let count = Int(min(header.grainByteCount, header.capacity - start))
            if header.isCompressed {
                try grains.read(into: &span, from: Int(offset - start), grainAt: fileOffset, count: count)
            } else {
                try file.checkedRead(into: &span, at: fileOffset + (offset - start))
            }
        }
    }

    private func table(_ index: Int) throws(BlockError) -> [UInt32] {
        let slot = index % tables.count
        if let cached = tables[slot], cached.index == index { return cached.entries }
        let entries = try file.littleNumbers(Int(header.entriesPerTable), at: UInt64(directory[index]) * 512)
        tables[slot] = (index, entries)
        return entries
    }
}
