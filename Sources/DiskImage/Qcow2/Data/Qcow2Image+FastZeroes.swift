// SPDX-License-Identifier: Apache-2.0

extension Qcow2Image: FastZeroing {
    /// Whole clusters become zero in their entries; a part of a cluster would be written.
    package func writeZeroesFast(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) -> Bool {
        guard header.version >= 3, !header.isDataFileRaw, geometry.clusterStart(range.lowerBound) == range.lowerBound,
            range.upperBound == byteCount || geometry.clusterStart(range.upperBound) == range.upperBound
        else { return false }
        try writeZeroes(range, mayUnmap: mayUnmap)
        return true
    }
}
