// SPDX-License-Identifier: Apache-2.0

extension BlockNode {
    /// The bytes of a range that lies within the node.
    package func bytes(at offset: UInt64, count: Int) throws(BlockError) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        try fill(&result, at: offset)
        return result
    }

    /// Fills all of `bytes`.
    package func fill(_ bytes: inout [UInt8], at offset: UInt64) throws(BlockError) {
        var elements = bytes.mutableSpan
        var span = unsafe elements.mutableBytes
        try read(into: &span, at: offset)
    }

    /// Writes all of `bytes`.
    package func write(_ bytes: [UInt8], at offset: UInt64) throws(BlockError) {
        try unsafe write(bytes.span.bytes, at: offset)
    }

    /// Refuses a range that reaches over the end.
    package func checkRange(_ offset: UInt64, _ count: UInt64) throws(BlockError) {
        let size = byteCount
        guard offset <= size, count <= size - offset else {
            let (end, overflow) = offset.addingReportingOverflow(count)
            throw .outOfRange(offset..<(overflow ? .max : end), byteCount: size)
        }
    }
}
