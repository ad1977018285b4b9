// SPDX-License-Identifier: Apache-2.0

extension BlockNode {
    /// Some bytes of a file; a range that reaches over the end is damage.
    func checkedBytes(_ range: Range<UInt64>) throws(BlockError) -> [UInt8] {
        try checkInside(range)
        return try bytes(at: range.lowerBound, count: Int(range.length))
    }

    /// Little-endian numbers of 32 bits.
    func littleNumbers(_ count: Int, at offset: UInt64) throws(BlockError) -> [UInt32] {
        let (end, overflow) = offset.addingReportingOverflow(UInt64(count) * 4)
        guard !overflow else { throw .corrupt("a table behind the end of the file", fileOffset: byteCount) }
        let bytes = try checkedBytes(offset..<end)
        return (0..<count).map { index in
            (0..<4).reduce(0) { $0 | UInt32(bytes[4 * index + $1]) << UInt32(8 * $1) }
        }
    }

    /// Fills a span; a range that reaches over the end is damage.
    func checkedRead(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        let (end, overflow) = offset.addingReportingOverflow(UInt64(span.byteCount))
        try checkInside(offset..<(overflow ? .max : end))
        try read(into: &span, at: offset)
    }

    private func checkInside(_ range: Range<UInt64>) throws(BlockError) {
        guard range.upperBound <= byteCount else {
            throw .corrupt(
                "the image's tables lead to bytes \(range.lowerBound) to \(range.upperBound)", fileOffset: byteCount)
        }
    }
}
