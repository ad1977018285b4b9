// SPDX-License-Identifier: Apache-2.0

/// The bits of the bitmaps: read, recorded, stored.
///
/// Before a bitmap differs from what the file has, its entry says durably that it is in use. From then on its clusters
/// and its table are changed in place; whoever finds it so after a crash knows not to use it.
extension Qcow2Image {
    /// Reads the bits of a bitmap, unless they are here.
    func loadBitmap(_ index: Int) throws(BlockError) {
        guard bitmaps[index].contents == nil else { return }
        try checkMemory(for: bitmaps[index])
        var contents = DirtyBitmap(byteCount: byteCount, granularity: bitmaps[index].granularity)
        let entry = bitmaps[index].entry
        let table = try PointerTable(readingFrom: file, at: entry.tableOffset, count: Int(entry.tableEntryCount))
        for (number, word) in table.entries.enumerated() {
            let place = entry.tableOffset + UInt64(number * 8)
            let start = UInt64(number) << UInt64(geometry.clusterBits)
            switch try Qcow2BitmapCluster(word, geometry, fileByteCount: file.byteCount, namedAt: place) {
            case .clear: break
            case .set:
                let ones = min(geometry.clusterSize, contents.storedByteCount - start)
                contents.load([UInt8](repeating: 0xFF, count: Int(ones)), at: start)
            case .stored(let offset):
                if !isReadOnly { try claim(offset, "a bitmap's cluster", namedAt: place) }
                contents.load(try readPadded(at: offset, count: Int(geometry.clusterSize)), at: start)
            }
        }
        bitmaps[index].contents = contents
        bitmaps[index].table = table
    }

    /// Refuses bits that would take more memory than all together may.
    func checkMemory(for bitmap: Qcow2Bitmap) throws(BlockError) {
        let loaded = bitmaps.reduce(0) { $0 + ($1.contents?.storedByteCount ?? 0) }
        let wanted = (DirtyBitmap.bitCount(byteCount, bitmap.granularity) + 7) / 8
        guard loaded + wanted <= Qcow2Limits.bitmapMemoryByteCount else {
            throw .unsupported(
                "bitmap \(bitmap.name) takes \(wanted) bytes beside \(loaded) of others; together they may have 1 GiB")
        }
    }

    /// Reads the bitmaps that every change is recorded in.
    func loadEnabledBitmaps() throws(BlockError) {
        for index in bitmaps.indices where bitmaps[index].isEnabled && bitmaps[index].isUsable {
            try loadBitmap(index)
        }
        updateRecording()
    }

    /// Finds out whether changes are recorded at all.
    func updateRecording() {
        recordsChanges = bitmaps.contains { $0.isEnabled && !$0.isInconsistent }
        isRecording = false
    }

    /// Notes that the disk changes in a range. Called before it does.
    func record(_ range: Range<UInt64>) throws(BlockError) {
        guard recordsChanges else { return }
        if !isRecording {
            try startChanging(bitmaps.indices.filter { bitmaps[$0].isEnabled && !bitmaps[$0].isInconsistent })
            isRecording = true
        }
        for index in bitmaps.indices where bitmaps[index].isEnabled && bitmaps[index].isUsable {
            bitmaps[index].contents?.set(range)
        }
    }

    /// Has the file say that bitmaps are in use, durably, where it does not yet.
    func startChanging(_ indices: [Int]) throws(BlockError) {
        let unmarked = indices.filter { !bitmaps[$0].isChanging }
        guard !unmarked.isEmpty else { return }
        for index in unmarked { bitmaps[index].isChanging = true }
        guard unmarked.contains(where: { bitmaps[$0].position != nil }) else { return }
        try writeFlags(of: unmarked)
        try barrier()
    }

    /// Stores the bitmaps that have changed; they are in use no longer.
    ///
    /// All else has been written. One that this engine cannot keep up to date stays marked.
    func storeBitmaps() throws(BlockError) {
        let changed = bitmaps.indices.filter { bitmaps[$0].isChanging && !bitmaps[$0].isForeign }
        guard !changed.isEmpty else { return }
        var needsDirectory = false
        for index in changed where try storeBitmap(index) { needsDirectory = true }
        try writeRefcounts()
        try barrier()
        for index in changed {
            try guarded { () throws(BlockError) in try bitmaps[index].table?.write(to: file) }
        }
        isUnsettled = true
        for index in changed { bitmaps[index].isChanging = false }
        isRecording = false
        if needsDirectory {
            try replaceDirectory()
        } else {
            try barrier()
            try writeFlags(of: changed)
            try barrier()
        }
        for index in changed { bitmaps[index].contents?.markStored() }
        try applyFrees()
        try writeRefcounts()
    }

    /// Writes the bits that have changed, and brings the table up to date in memory.
    ///
    /// - Returns: Whether the table is a new one, which the directory does not name yet.
    private func storeBitmap(_ index: Int) throws(BlockError) -> Bool {
        try loadBitmap(index)
        guard let contents = bitmaps[index].contents else { return false }
        let count = bitmaps[index].clusterCount(byteCount, geometry)
        let isNew = try resizeTable(of: index, to: Int(count))
        let stored = contents.storedByteCount
        for number in 0..<count {
            let start = number << UInt64(geometry.clusterBits)
            let bytes = start..<min(stored, start + geometry.clusterSize)
            let old = bitmaps[index].table?.entries[Int(number)] ?? 0
            if contents.isChanged(bytes) || old == Qcow2BitmapCluster.allSet {
                try store(bytes, of: contents, old, number: Int(number), in: index)
            }
        }
        return isNew
    }

    private func store(
        _ bytes: Range<UInt64>, of contents: DirtyBitmap, _ old: UInt64, number: Int, in index: Int
    ) throws(BlockError) {
        let present = old & Qcow2Entry.offsetMask
        guard !contents.isClear(bytes) else {
            if present != 0 { free(cluster: geometry.clusterIndex(present)) }
            if old != 0 { bitmaps[index].table?[number] = 0 }
            return
        }
        var place = present
        let isOwn = present != 0 ? try refcount(geometry.clusterIndex(present)) == 1 : false
        if !isOwn {
            place = try allocateMetadata(byteCount: geometry.clusterSize)
            bitmaps[index].table?[number] = place
            if present != 0 { free(cluster: geometry.clusterIndex(present)) }
        }
        let data = contents.stored(bytes)
        let padding = [UInt8](repeating: 0, count: Int(geometry.clusterSize) - data.count)
        try writeMetadata(data + padding, at: place)
    }

    /// Has a table with as many entries as the disk needs; returns whether it is a new one.
    private func resizeTable(of index: Int, to count: Int) throws(BlockError) -> Bool {
        let old = bitmaps[index].table?.entries ?? []
        guard bitmaps[index].entry.tableOffset == 0 || old.count != count else { return false }
        for word in old.dropFirst(count) where word & Qcow2Entry.offsetMask != 0 {
            free(cluster: geometry.clusterIndex(word & Qcow2Entry.offsetMask))
        }
        let entry = bitmaps[index].entry
        if entry.tableOffset != 0 {
            free(entry.tableOffset..<entry.tableOffset + UInt64(entry.tableEntryCount) * 8)
        }
        let entries = Array(old.prefix(count)) + [UInt64](repeating: 0, count: max(0, count - old.count))
        let place = try allocateMetadata(byteCount: UInt64(count * 8))
        var table = PointerTable(entries: entries, offset: place)
        for number in entries.indices { table[number] = entries[number] }
        bitmaps[index].table = table
        (bitmaps[index].entry.tableOffset, bitmaps[index].entry.tableEntryCount) = (place, UInt32(count))
        return true
    }
}
