// SPDX-License-Identifier: Apache-2.0

/// A raw disk: the bytes of a file as they are, in whole sectors of 512 bytes.
///
/// A file that ends within a sector reads as zeros from there to the sector's end; a write there makes it longer.
package final class RawNode: BlockNode {
    let file: any BlockNode
    package var byteCount: UInt64 { Self.wholeSectors(file.byteCount) }
    package var isReadOnly: Bool { file.isReadOnly }

    package init(file: any BlockNode) {
        self.file = file
    }

    package func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        try check(offset, span.byteCount)
        let available = file.byteCount > offset ? Int(min(UInt64(span.byteCount), file.byteCount - offset)) : 0
        if available == span.byteCount { return try file.read(into: &span, at: offset) }
        if available > 0 {
            var front = span._mutatingExtracting(0..<available)
            try file.read(into: &front, at: offset)
        }
        var rest = span._mutatingExtracting(available..<span.byteCount)
        rest.clear()
    }

    package func write(_ span: RawSpan, at offset: UInt64) throws(BlockError) {
        try check(offset, span.byteCount)
        try makeRoom(upTo: offset + UInt64(span.byteCount))
        try file.write(span, at: offset)
    }

    package func writeZeroes(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) {
        try check(range)
        try makeRoom(upTo: range.upperBound)
        try file.writeZeroes(range, mayUnmap: mayUnmap)
    }

    package func discard(_ range: Range<UInt64>) throws(BlockError) {
        try check(range)
        try file.discard(min(range.lowerBound, file.byteCount)..<min(range.upperBound, file.byteCount))
    }

    package func flush() throws(BlockError) { try file.flush() }

    package func resize(to byteCount: UInt64) throws(BlockError) { try file.resize(to: byteCount) }

    package func extent(at offset: UInt64, limit: UInt64) throws(BlockError) -> BlockExtent {
        guard offset < byteCount, limit > offset else {
            throw .outOfRange(offset..<max(offset, limit), byteCount: byteCount)
        }
        if offset < file.byteCount { return try file.extent(at: offset, limit: limit) }
        return BlockExtent(
            range: offset..<min(limit, byteCount), isPresent: true, isZero: true, isData: false, fileOffset: offset)
    }

    /// The next multiple of 512, or the last one there is.
    private static func wholeSectors(_ byteCount: UInt64) -> UInt64 {
        let (sum, overflow) = byteCount.addingReportingOverflow(511)
        return (overflow ? UInt64.max : sum) & ~511
    }

    private func makeRoom(upTo end: UInt64) throws(BlockError) {
        if end > file.byteCount { try file.resize(to: byteCount) }
    }

    func check(_ range: Range<UInt64>) throws(BlockError) {
        guard range.upperBound <= byteCount else { throw .outOfRange(range, byteCount: byteCount) }
    }

    func check(_ offset: UInt64, _ count: Int) throws(BlockError) {
        guard offset <= byteCount, UInt64(count) <= byteCount - offset else {
            let (end, overflow) = offset.addingReportingOverflow(UInt64(count))
            throw .outOfRange(offset..<(overflow ? .max : end), byteCount: byteCount)
        }
    }
}
