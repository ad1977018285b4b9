// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Nodes one behind the other, as one. Read only.
final class SequenceNode: BlockNode {
    private let parts: [any BlockNode]
    /// Where each part begins.
    private let starts: [UInt64]
    let byteCount: UInt64
    var isReadOnly: Bool { true }

    init(_ parts: [any BlockNode]) throws(BlockError) {
        var (starts, sum): ([UInt64], UInt64) = ([], 0)
        for part in parts {
            starts.append(sum)
            let (next, overflow) = sum.addingReportingOverflow(part.byteCount)
            guard !overflow, next <= UInt64(Int64.max) else {
                throw .invalid("the images together have more than 8 EiB")
            }
            sum = next
        }
        self.parts = parts
        self.starts = starts
        byteCount = sum
    }

    func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        let count = span.byteCount
        try checkRange(offset, UInt64(count))
        var done = 0
        while done < count {
            let position = offset + UInt64(done)
            let index = index(at: position)
            let left = parts[index].byteCount - (position - starts[index])
            let step = Int(min(UInt64(count - done), left))
            var part = span._mutatingExtracting(done..<done + step)
            try parts[index].read(into: &part, at: position - starts[index])
            done += step
        }
    }

    func extent(at offset: UInt64, limit: UInt64) throws(BlockError) -> BlockExtent {
        guard offset < byteCount, limit > offset else {
            throw .outOfRange(offset..<max(offset, limit), byteCount: byteCount)
        }
        let index = index(at: offset)
        let start = starts[index]
        var extent = try parts[index].extent(at: offset - start, limit: min(limit - start, parts[index].byteCount))
        extent.range = offset..<start + extent.range.upperBound
        return extent
    }

    func write(_ span: RawSpan, at offset: UInt64) throws(BlockError) { throw .readOnly }
    func writeZeroes(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) { throw .readOnly }
    func discard(_ range: Range<UInt64>) throws(BlockError) { throw .readOnly }
    func flush() throws(BlockError) {}
    func resize(to byteCount: UInt64) throws(BlockError) { throw .readOnly }

    /// The last part that begins at or before an offset, and is not empty.
    func index(at offset: UInt64) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }
}
