// SPDX-License-Identifier: Apache-2.0

extension RawNode: ConcurrentNode {
    /// Not where the file ends within a sector, because a write there makes it longer.
    package var takesConcurrentCalls: Bool {
        guard let file = file as? any ConcurrentNode, file.takesConcurrentCalls else { return false }
        return isReadOnly || file.byteCount == byteCount
    }

    package func readResident(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) -> Bool {
        guard let file = file as? any ConcurrentNode, offset <= file.byteCount,
            UInt64(span.byteCount) <= file.byteCount - offset
        else { return false }
        return try file.readResident(into: &span, at: offset)
    }
}

extension RawNode: FastZeroing {
    package func writeZeroesFast(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) -> Bool {
        try check(range)
        guard let file = file as? any FastZeroing, range.upperBound <= file.byteCount else { return false }
        return try file.writeZeroesFast(range, mayUnmap: mayUnmap)
    }
}
