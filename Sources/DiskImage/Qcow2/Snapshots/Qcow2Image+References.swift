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

    /// One reference more to all that an L1 table leads to. What fails half-way is abandoned by `switching`.
    func retain(_ entries: [UInt64]) throws(BlockError) {
        try forEachReference(entries) { cluster throws(BlockError) in try addReference(cluster) }
    }

    /// One reference less to all that an L1 table leads to. The last one to a cluster ends after the switch, because
    /// the file names it until then.
    func release(_ entries: [UInt64], _ copy: inout RefcountCopy) throws(BlockError) {
        var retired = copy.retired
        try forEachReference(entries) { cluster throws(BlockError) in try release(cluster, &retired) }
        copy.retired = retired
    }

    private func release(_ cluster: UInt64, _ retired: inout ClusterSet) throws(BlockError) {
        let count = try refcount(cluster)
        guard count > 0 else {
            throw corrupt(
                "cluster \(cluster) has no references, and one is given up", at: geometry.offset(ofCluster: cluster))
        }
        if count > 1 { try setRefcount(cluster, to: count - 1) } else { retired.insert(cluster) }
    }

    /// Ends a reference to all that an L1 table leads to, which nothing durable names any more.
    func releaseReferences(_ entries: [UInt64]) throws(BlockError) {
        try forEachReference(entries) { cluster throws(BlockError) in
            free(cluster: cluster)
            if pendingFrees.count >= 1 << 16 { try applyFrees() }
        }
        try applyFrees()
    }

    /// Puts new L2 tables in the place of those whose copied flags do not go with the reference counts.
    ///
    /// - Parameter referenceCount: How many L1 tables take the new tables: each lets go of the old one.
    /// - Returns: The L1 table that leads to them, with its flags.
    func realigned(
        _ entries: [UInt64], referenceCount: UInt64, _ copy: inout RefcountCopy
    ) throws(BlockError) -> [UInt64] {
        var result = entries
        for index in entries.indices where entries[index] & Qcow2Entry.offsetMask != 0 {
            let table = entries[index] & Qcow2Entry.offsetMask
            var bytes = try readPadded(at: table, count: Int(geometry.clusterSize))
            guard try restoreCopiedFlags(&bytes) else {
                let count = try refcount(geometry.clusterIndex(table))
                result[index] = table | (count == 1 ? Qcow2Entry.copied : 0)
                continue
            }
            let place = try allocateMetadata(byteCount: geometry.clusterSize)
            try setRefcount(geometry.clusterIndex(place), to: referenceCount)
            try writeMetadata(bytes, at: place)
            for _ in 0..<referenceCount { try release(geometry.clusterIndex(table), &copy.retired) }
            result[index] = place | (referenceCount == 1 ? Qcow2Entry.copied : 0)
        }
        return result
    }

    /// Sets the copied flags of an L2 table's bytes by the reference counts; returns whether there was a wrong one.
    private func restoreCopiedFlags(_ bytes: inout [UInt8]) throws(BlockError) -> Bool {
        var isChanged = false
        for number in 0..<Int(geometry.tableEntryCount) {
            let place = number * geometry.entryByteCount
            let entry = Qcow2Entry(word: bytes.bigEndian(UInt64.self, at: place))
            guard dataFile == nil, !entry.isCompressed, let host = hostOffset(entry),
                try (refcount(geometry.clusterIndex(host)) == 1) != entry.isCopied
            else { continue }
            bytes.putBigEndian(entry.word ^ Qcow2Entry.copied, at: place)
            isChanged = true
        }
        return isChanged
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
