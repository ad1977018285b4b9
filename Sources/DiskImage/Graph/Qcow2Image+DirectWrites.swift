// SPDX-License-Identifier: Apache-2.0

/// What others than the image itself may write.
extension Qcow2Image {
    /// Whether the image has noted that its contents change, so that a write to a cluster of its own changes nothing
    /// else in the file. Changes that bitmaps record are the image's to make.
    var admitsDirectWrites: Bool { isPrepared && !isBroken && !recordsChanges }

    /// Whether a flush has metadata to write, or references to end.
    var hasUnwrittenMetadata: Bool {
        guard !isReadOnly else { return false }
        return tables.dirtyCount > 0 || directory.isDirty || !pendingFrees.isEmpty || isBroken
            || (!isLazy && (blocks.dirtyCount > 0 || refcountTable.isDirty)) || (dataFile != nil && isUnsettled)
    }

    /// For each granule of a range that the file has as it is, whether it may be overwritten there: its cluster and its
    /// table belong to nobody else, and the cluster is none of the metadata's.
    func directWrites(of granules: Range<UInt64>, granuleBits: Int) throws(BlockError) -> [Bool] {
        var result: [Bool] = []
        var offset = granules.lowerBound
        while offset < granules.upperBound {
            let end = min(granules.upperBound, geometry.clusterStart(offset) + geometry.clusterSize)
            let isDirect = try isDirectlyWritable(offset)
            for _ in 0..<Int((end - offset) >> UInt64(granuleBits)) { result.append(isDirect) }
            offset = end
        }
        return result
    }

    private func isDirectlyWritable(_ guest: UInt64) throws(BlockError) -> Bool {
        let index = Int(guest / geometry.tableReach)
        guard index < directory.entries.count, directory[index] & Qcow2Entry.copied != 0,
            let table = try table(of: guest)
        else { return false }
        let entry = try entry(at: entryPosition(table, guest))
        guard entry.isCopied, !entry.isCompressed, let host = hostOffset(entry) else { return false }
        return dataFile != nil || (fixedTable(at: host) == nil && !metadataClusters.contains(host))
    }
}
