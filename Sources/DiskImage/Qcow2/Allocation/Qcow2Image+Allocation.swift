// SPDX-License-Identifier: Apache-2.0

/// Room in the file.
extension Qcow2Image {
    /// Clusters that were given out.
    struct Place {
        var offset: UInt64
        var clusterCount: UInt64
        /// They are new at the end of the file, and read as zeros.
        var isFresh: Bool
    }

    /// Gives out so many clusters side by side, each with one reference.
    func allocate(clusterCount: UInt64) throws(BlockError) -> Place {
        try allocate(clusterCount...clusterCount)
    }

    /// Gives out as many clusters side by side as are free at the first place that has enough, each with one reference.
    ///
    /// Refcount blocks that do not exist yet are put right behind them.
    func allocate(_ counts: ClosedRange<UInt64>) throws(BlockError) -> Place {
        while true {
            let run = try findRun(counts)
            let missing = missingBlocks(run.start, run.count)
            let end = run.start + run.count + UInt64(missing.count)
            guard end <= geometry.clusterIndex(Qcow2Limits.offset - 1) else {
                throw .unsupported("the image's file would have more than 1 << 56 bytes")
            }
            if let last = missing.last, last >= UInt64(refcountTable.entries.count) {
                try growRefcountTable(toHold: last)
                continue
            }
            let place = try take(run.start, run.count, missing)
            if run.isFirst { freeHint = end }
            return place
        }
    }

    private func take(_ start: UInt64, _ count: UInt64, _ missing: [UInt64]) throws(BlockError) -> Place {
        let offset = geometry.offset(ofCluster: start)
        let isFresh = offset >= file.byteCount
        let end = start + count + UInt64(missing.count)
        try growFile(to: geometry.offset(ofCluster: end))
        for (number, index) in missing.enumerated() {
            let block = geometry.offset(ofCluster: start + count + UInt64(number))
            let range = block..<block + geometry.clusterSize
            blocks.forget(range)
            if !isFresh { try zeroFile(range) }
            metadataClusters.insert(block)
            refcountTable[Int(index)] = block
        }
        for cluster in start..<end { try setRefcount(cluster, to: 1) }
        return Place(offset: offset, clusterCount: count, isFresh: isFresh)
    }

    func growFile(to byteCount: UInt64) throws(BlockError) {
        if byteCount > file.byteCount { try file.resize(to: byteCount) }
    }

    /// The first free clusters, with free ones behind them for the refcount blocks that they need.
    private func findRun(
        _ counts: ClosedRange<UInt64>
    ) throws(BlockError) -> (start: UInt64, count: UInt64, isFirst: Bool) {
        var start = freeHint
        var isFirst = true
        while true {
            while try refcount(start) != 0 { start += 1 }
            var count: UInt64 = 1
            while count < counts.upperBound, try refcount(start + count) == 0 { count += 1 }
            if count >= counts.lowerBound {
                let extra = UInt64(missingBlocks(start, count).count)
                if try isFree(start + count, extra) { return (start, count, isFirst) }
                if count > extra, count - extra >= counts.lowerBound { return (start, count - extra, isFirst) }
            }
            start += count
            isFirst = false
        }
    }

    private func isFree(_ start: UInt64, _ count: UInt64) throws(BlockError) -> Bool {
        for cluster in start..<start + count where try refcount(cluster) != 0 { return false }
        return true
    }

    /// The blocks that do not exist of those that so many clusters need, and that the blocks themselves need.
    private func missingBlocks(_ start: UInt64, _ count: UInt64) -> [UInt64] {
        var result: [UInt64] = []
        var index = start / geometry.blockEntryCount
        while index <= (start + count + UInt64(result.count) - 1) / geometry.blockEntryCount {
            if index >= UInt64(refcountTable.entries.count) || refcountTable[Int(index)] == 0 { result.append(index) }
            index += 1
        }
        return result
    }

    /// Moves the refcount table to where it can have more entries.
    private func growRefcountTable(toHold index: UInt64) throws(BlockError) {
        let perCluster = geometry.clusterSize / 8
        let wanted = max(index + 1, UInt64(refcountTable.entries.count) * 3 / 2)
        let clusterCount = (wanted + perCluster - 1) / perCluster
        guard clusterCount * geometry.clusterSize <= Qcow2Limits.refcountTableByteCount else {
            throw .unsupported("the image cannot grow: its refcount table would have more than 8 MiB")
        }
        refcountTable.extend(to: Int(clusterCount * perCluster))
        let place = try allocate(clusterCount: clusterCount)
        // The table's own clusters can need so many blocks that it was moved meanwhile.
        guard refcountTable.entries.count == Int(clusterCount * perCluster) else {
            return free(place.offset..<place.offset + clusterCount * geometry.clusterSize)
        }
        try moveRefcountTable(to: place.offset, clusterCount: UInt32(clusterCount))
    }

    private func moveRefcountTable(to offset: UInt64, clusterCount: UInt32) throws(BlockError) {
        if isSwitching { return try moveUnnamedRefcountTable(to: offset) }
        let old = refcountTable.offset
        let oldByteCount = UInt64(header.refcountTableClusterCount) << UInt64(geometry.clusterBits)
        try writeRefcountBlocks()
        try writeMetadata(refcountTable.encoded(0..<refcountTable.entries.count), at: offset)
        try barrier()
        var bytes: [UInt8] = []
        bytes.appendBigEndian(offset)
        bytes.appendBigEndian(clusterCount)
        try writeMetadata(bytes, at: UInt64(Qcow2Header.Field.refcountTableOffset))
        try barrier()
        header.refcountTableOffset = offset
        header.refcountTableClusterCount = clusterCount
        refcountTable.move(to: offset)
        free(old..<old + oldByteCount)
    }

    /// The same for a table that the header does not name yet.
    private func moveUnnamedRefcountTable(to offset: UInt64) throws(BlockError) {
        let old = refcountTable.range
        try writeMetadata(refcountTable.encoded(0..<refcountTable.entries.count), at: offset)
        refcountTable.move(to: offset)
        free(old)
    }
}
