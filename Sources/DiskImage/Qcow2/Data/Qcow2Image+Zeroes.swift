// SPDX-License-Identifier: Apache-2.0

/// Zeros without room, and room that is given back.
extension Qcow2Image {
    package func writeZeroes(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        try checkRange(range.lowerBound, range.length)
        guard !range.isEmpty else { return }
        try prepareToModify()
        try record(range)
        try zero(range, mayUnmap: mayUnmap)
    }

    /// Zeroes a range that is no change as the bitmaps see it, or that they know of.
    func zero(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) {
        if header.isDataFileRaw { try zeroDataFile(range, mayUnmap: mayUnmap) }
        var offset = range.lowerBound
        while offset < range.upperBound {
            try boundFrees()
            offset += try zeroPiece(offset..<range.upperBound, mayUnmap: mayUnmap)
        }
    }

    /// A raw data file must read as the disk does.
    private func zeroDataFile(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) {
        guard let dataFile else { return }
        if range.upperBound > dataFile.byteCount { try dataFile.resize(to: range.upperBound) }
        isUnsettled = true
        try dataFile.writeZeroes(range, mayUnmap: mayUnmap)
    }

    /// Zeroes at least one byte from the beginning of a range on, and returns how many.
    private func zeroPiece(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) -> UInt64 {
        let piece = try mapping(range.lowerBound)
        switch piece.mapping {
        case .zero(host: nil): return min(piece.count, range.length)
        case .unallocated where range.lowerBound >= backing?.byteCount ?? 0: return min(piece.count, range.length)
        default: break
        }
        let start = geometry.clusterStart(range.lowerBound)
        let end = min(start + geometry.clusterSize, byteCount)
        let part = range.lowerBound..<min(end, range.upperBound)
        let isWhole = part == start..<end
        if isWhole, try zeroCluster(start, mayUnmap: mayUnmap) { return part.length }
        if case .zero = piece.mapping { return min(piece.count, part.length) }
        let zeros = [UInt8](repeating: 0, count: Int(part.length))
        try unsafe writeUnrecorded(zeros.span.bytes, at: part.lowerBound)
        return part.length
    }

    /// Makes a whole cluster zero in its entry; false where this version of the format cannot say so.
    private func zeroCluster(_ start: UInt64, mayUnmap: Bool) throws(BlockError) -> Bool {
        if header.version < 3, backing != nil || !mayUnmap { return false }
        let table = try writableTable(of: start)
        let position = entryPosition(table, start)
        let old = try entry(at: position)
        let host = hostOffset(old)
        let isKept = !old.isCompressed && old.isCopied && host != nil && (!mayUnmap || dataFile != nil)
        let kept = isKept ? (host ?? 0) | Qcow2Entry.copied : 0
        let zero: UInt64 = header.version < 3 || geometry.hasExtendedEntries ? 0 : Qcow2Entry.zero
        try setEntry(Qcow2Entry(word: kept | zero, bitmap: Qcow2Entry.allZero.bitmap), at: position)
        if !isKept { release(old) }
        return true
    }

    package func discard(_ range: Range<UInt64>) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        try checkRange(range.lowerBound, range.length)
        guard header.version >= 3 || backing == nil, !range.isEmpty else { return }
        try prepareToModify()
        try record(range)
        let start = geometry.clusterCount(range.lowerBound) << UInt64(geometry.clusterBits)
        let end = range.upperBound == byteCount ? byteCount : geometry.clusterStart(range.upperBound)
        if start < end { try zero(start..<end, mayUnmap: true) }
    }
}
