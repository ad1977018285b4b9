// SPDX-License-Identifier: Apache-2.0

/// Changes of reference counts and of L1 tables that become valid together.
///
/// A count and the copied flags that go with it lie in different places of the file, and a crash between two writes
/// would leave them at odds. So all refcount blocks are copied, what changes does so in the copies, in new L2 tables
/// and in new L1 tables, and one write to the header's first sector makes all of them valid: the size, the L1 table,
/// the refcount table and the snapshots. A crash before it leaves the image as it was, with lost clusters at the worst.
extension Qcow2Image {
    /// Copies the refcount blocks and their table, and works on the copies from then on.
    private func copyRefcounts() throws(BlockError) -> RefcountCopy {
        try writeRefcounts()
        let places = try placesForRefcounts()
        let copy = RefcountCopy(
            table: refcountTable, tableClusterCount: header.refcountTableClusterCount, freeHint: freeHint,
            metadataClusters: metadataClusters, pendingFrees: pendingFrees, blocks: places.blocks, place: places.table)
        isSwitching = true
        do throws(BlockError) { try moveRefcounts(to: copy) } catch {
            try abandon(copy)
            throw error
        }
        return copy
    }

    /// Room for a copy of each refcount block and of the table. Room for copies can need blocks of its own.
    private func placesForRefcounts() throws(BlockError) -> (blocks: [UInt64], table: Range<UInt64>) {
        var blocks: [UInt64] = []
        var table = 0..<UInt64(0)
        do throws(BlockError) {
            while true {
                let missing = refcountTable.entries.count { $0 != 0 } - blocks.count
                let size = UInt64(refcountTable.entries.count * 8)
                if missing > 0 {
                    let place = try allocate(1...UInt64(missing))
                    blocks += (0..<place.clusterCount).map { place.offset + geometry.offset(ofCluster: $0) }
                } else if table.length != size {
                    free(table)
                    table = 0..<0
                    let offset = try allocate(clusterCount: geometry.clusterCount(size)).offset
                    table = offset..<offset + size
                } else {
                    break
                }
            }
            try writeRefcounts()
            try barrier()
        } catch {
            for offset in blocks { free(cluster: geometry.clusterIndex(offset)) }
            free(table)
            throw error
        }
        return (blocks, table)
    }

    private func moveRefcounts(to copy: RefcountCopy) throws(BlockError) {
        var entries = refcountTable.entries
        var next = 0
        for index in entries.indices where entries[index] != 0 {
            let (old, new) = (entries[index] & ~511, copy.blocks[next])
            let bytes = try readPadded(at: old, count: Int(geometry.clusterSize))
            blocks.forget(new..<new + geometry.clusterSize)
            tables.forget(new..<new + geometry.clusterSize)
            try writeMetadata(bytes, at: new)
            metadataClusters.insert(new)
            entries[index] = new
            next += 1
        }
        refcountTable = PointerTable(entries: entries, offset: copy.place.lowerBound)
        try writeMetadata(refcountTable.encoded(0..<entries.count), at: copy.place.lowerBound)
    }

    /// Goes back to the reference counts that the header names.
    func abandon(_ copy: RefcountCopy) throws(BlockError) {
        isSwitching = false
        blocks = SliceCache(sliceByteCount: blocks.sliceByteCount, byteCount: blocks.byteCount)
        (refcountTable, freeHint, metadataClusters) = (copy.table, copy.freeHint, copy.metadataClusters)
        pendingFrees = copy.pendingFrees
        guard !isBroken else { return }
        for offset in copy.blocks { free(cluster: geometry.clusterIndex(offset)) }
        free(copy.place)
        try flush()
    }

    /// Makes the copies, another L1 table and another list of snapshots the valid ones, and gives back what was there.
    func finishSwitch(
        _ copy: RefcountCopy, to table: PointerTable, byteCount: UInt64, _ list: [Qcow2Snapshot], at offset: UInt64
    ) throws(BlockError) {
        try writeRefcounts()
        try barrier()
        let clusterCount = UInt32(geometry.clusterCount(UInt64(refcountTable.entries.count * 8)))
        var fields: [UInt8] = []
        fields.appendBigEndian(byteCount)
        fields.appendBigEndian(UInt32(0))
        fields.appendBigEndian(UInt32(table.entries.count))
        fields.appendBigEndian(table.offset)
        fields.appendBigEndian(refcountTable.offset)
        fields.appendBigEndian(clusterCount)
        fields.appendBigEndian(UInt32(list.count))
        fields.appendBigEndian(offset)
        try writeMetadata(fields, at: UInt64(Qcow2Header.Field.byteCount))
        try barrier()
        isSwitching = false
        free(snapshotTableRange)
        free(directory.offset..<directory.offset + UInt64(directory.entries.count * 8))
        header.byteCount = byteCount
        (header.directoryEntryCount, header.directoryOffset) = (UInt32(table.entries.count), table.offset)
        (header.refcountTableOffset, header.refcountTableClusterCount) = (refcountTable.offset, clusterCount)
        (header.snapshotCount, header.snapshotsOffset) = (UInt32(list.count), offset)
        (directory, snapshots) = (table, list)
        try giveBack(copy)
    }

    private func giveBack(_ copy: RefcountCopy) throws(BlockError) {
        let old = copy.table.offset
        free(old..<old + UInt64(copy.tableClusterCount) << UInt64(geometry.clusterBits))
        for word in copy.table.entries where word != 0 { free(cluster: geometry.clusterIndex(word)) }
        try copy.retired.forEach { cluster throws(BlockError) in
            free(cluster: cluster)
            if pendingFrees.count >= 1 << 16 { try applyFrees() }
        }
        try flush()
    }

    /// Has what a switch is about done on copies of the reference counts, or nothing where it fails.
    func switching(
        _ change: (inout RefcountCopy) throws(BlockError) -> Void
    ) throws(BlockError) {
        try flush()
        var copy = try copyRefcounts()
        do throws(BlockError) { try change(&copy) } catch {
            if isSwitching { try abandon(copy) }
            throw error
        }
    }
}
