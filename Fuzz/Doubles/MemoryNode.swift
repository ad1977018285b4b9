// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// A file that is an array, of at most 64 MiB.
final class MemoryNode: BlockNode {
    private(set) var contents: [UInt8]
    let isReadOnly: Bool
    /// How many bytes were written, by whatever way.
    private(set) var writtenByteCount: UInt64 = 0

    init(_ contents: [UInt8], isReadOnly: Bool) {
        self.contents = contents
        self.isReadOnly = isReadOnly
    }

    var byteCount: UInt64 { UInt64(contents.count) }

    func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        try checkRange(offset, UInt64(span.byteCount))
        let bytes = contents[Int(offset)..<Int(offset) + span.byteCount]
        unsafe span.withUnsafeMutableBytes { buffer in
            unsafe bytes.withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
        }
    }

    func write(_ span: RawSpan, at offset: UInt64) throws(BlockError) {
        try checkWritable(offset, UInt64(span.byteCount))
        let bytes = unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
        contents.replaceSubrange(Int(offset)..<Int(offset) + bytes.count, with: bytes)
    }

    func writeZeroes(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) {
        try checkWritable(range.lowerBound, range.length)
        contents.replaceSubrange(
            Int(range.lowerBound)..<Int(range.upperBound), with: repeatElement(0, count: range.count))
    }

    /// Leaves what shows that somebody relied on it.
    func discard(_ range: Range<UInt64>) throws(BlockError) {
        try checkWritable(range.lowerBound, range.length)
        contents.replaceSubrange(
            Int(range.lowerBound)..<Int(range.upperBound), with: repeatElement(0xDD, count: range.count))
    }

    func flush() throws(BlockError) {}

    func resize(to byteCount: UInt64) throws(BlockError) {
        try checkWritable(0, 0)
        guard byteCount <= 64 << 20 else { throw .invalid("no memory for \(byteCount) bytes") }
        let count = Int(byteCount)
        if count > contents.count {
            contents += [UInt8](repeating: 0, count: count - contents.count)
        } else {
            contents.removeLast(contents.count - count)
        }
    }

    func extent(at offset: UInt64, limit: UInt64) throws(BlockError) -> BlockExtent {
        try checkRange(offset, 1)
        return BlockExtent(range: offset..<min(limit, byteCount), isPresent: true, isZero: false, isData: true)
    }

    private func checkWritable(_ offset: UInt64, _ count: UInt64) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        try checkRange(offset, count)
        writtenByteCount += count
    }
}
