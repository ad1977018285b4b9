// SPDX-License-Identifier: Apache-2.0

/// All that an L1 table leads to.
extension Qcow2Image {
    /// Calls `body` with each cluster that an L1 table leads to, once for every reference: a table after what it names.
    func forEachReference(
        _ entries: [UInt64], _ body: (UInt64) throws(BlockError) -> Void
    ) throws(BlockError) {
        for word in entries where word & Qcow2Entry.offsetMask != 0 {
            let table = word & Qcow2Entry.offsetMask
            guard geometry.inCluster(table) == 0, table < file.byteCount else {
                throw corrupt("an L2 table of a snapshot cannot lie at \(table)", at: table)
            }
            for index in 0..<geometry.tableEntryCount {
                let entry = try entry(at: table + index * UInt64(geometry.entryByteCount))
                try forEachCluster(entry, body)
            }
            try body(geometry.clusterIndex(table))
        }
    }

    private func forEachCluster(
        _ entry: Qcow2Entry, _ body: (UInt64) throws(BlockError) -> Void
    ) throws(BlockError) {
        if entry.isCompressed {
            let range = entry.compressedRange(geometry)
            let last = geometry.clusterIndex(range.upperBound - 1)
            for cluster in geometry.clusterIndex(range.lowerBound)...last { try body(cluster) }
        } else if let host = hostOffset(entry), dataFile == nil {
            guard geometry.inCluster(host) == 0 else {
                throw corrupt("a cluster of the disk is not aligned", at: host)
            }
            try body(geometry.clusterIndex(host))
        }
    }

    /// One reference more to all that an L1 table leads to, or to nothing of it.
    func retain(_ entries: [UInt64]) throws(BlockError) {
        var done = 0
        do throws(BlockError) {
            try forEachReference(entries) { cluster throws(BlockError) in
                try addReference(cluster)
                done += 1
            }
        } catch {
            try forEachReference(entries) { cluster throws(BlockError) in
                guard done > 0 else { return }
                done -= 1
                try setRefcount(cluster, to: max(1, try refcount(cluster)) - 1)
            }
            throw error
        }
    }

    /// Ends a reference to all that an L1 table leads to, which nothing durable names any more.
    func releaseReferences(_ entries: [UInt64]) throws(BlockError) {
        try forEachReference(entries) { cluster throws(BlockError) in
            free(cluster: cluster)
            if pendingFrees.count >= 1 << 16 { try applyFrees() }
        }
        try applyFrees()
    }

    /// Sets the flags that say whether a cluster belongs to the active L1 table alone, by the reference counts.
    func restoreCopiedFlags() throws(BlockError) {
        for index in directory.entries.indices {
            let table = directory[index] & Qcow2Entry.offsetMask
            guard table != 0 else { continue }
            let word = table | (try refcount(geometry.clusterIndex(table)) == 1 ? Qcow2Entry.copied : 0)
            if word != directory[index] { directory[index] = word }
            for number in 0..<geometry.tableEntryCount {
                try restoreCopiedFlag(table + number * UInt64(geometry.entryByteCount))
            }
        }
    }

    private func restoreCopiedFlag(_ position: UInt64) throws(BlockError) {
        var entry = try entry(at: position)
        guard dataFile == nil, !entry.isCompressed, let host = hostOffset(entry) else { return }
        let isCopied = try refcount(geometry.clusterIndex(host)) == 1
        guard isCopied != entry.isCopied else { return }
        entry.word ^= Qcow2Entry.copied
        try setEntry(entry, at: position)
    }
}
