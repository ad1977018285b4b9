// SPDX-License-Identifier: Apache-2.0

/// Another size of the disk.
extension Qcow2Image {
    package func resize(to byteCount: UInt64) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        guard byteCount != self.byteCount else { return }
        guard byteCount.isMultiple(of: 512), byteCount <= UInt64(Int64.max) else {
            throw .invalid("a disk has a whole number of sectors of 512 bytes: \(byteCount) bytes are none")
        }
        guard snapshots.isEmpty || header.version >= 3 else {
            throw .unsupported("the size of an image of version 2 with snapshots cannot be changed")
        }
        try prepareToModify()
        try prepareBitmaps(toResizeTo: byteCount)
        let old = self.byteCount
        if byteCount > old { try grow(to: byteCount) } else { try shrink(to: byteCount) }
        guard header.isDataFileRaw, let dataFile else { return }
        try dataFile.resize(to: byteCount)
        // Whoever writes into the raw file alone must be seen here too.
        if byteCount > old { try preallocate(old..<byteCount, .metadata) }
    }

    private func grow(to byteCount: UInt64) throws(BlockError) {
        let old = self.byteCount
        let count = geometry.directoryEntryCount(byteCount)
        guard count * 8 <= Qcow2Limits.directoryByteCount else {
            throw .invalid(
                "a disk of \(byteCount) bytes needs an L1 table of more than 32 MiB; larger clusters make it smaller")
        }
        if count > UInt64(directory.entries.count) { try growDirectory(to: Int(count)) }
        try setByteCount(byteCount)
        // What lies behind the old end must not show: the rest of its last cluster, or a longer backing image.
        let end = max(geometry.clusterCount(old) << UInt64(geometry.clusterBits), backing?.byteCount ?? 0)
        let stale = old..<min(max(end, old), byteCount)
        if !stale.isEmpty { try zero(stale, mayUnmap: true) }
    }

    private func shrink(to byteCount: UInt64) throws(BlockError) {
        let first = geometry.clusterCount(byteCount) << UInt64(geometry.clusterBits)
        var guest = first
        while guest < self.byteCount {
            try boundFrees()
            guest += try clear(guest)
        }
        try flush()
        try setByteCount(byteCount)
    }

    /// Ends the entry of a cluster, or a whole table where nothing of it is left; returns the bytes that it spans.
    private func clear(_ guest: UInt64) throws(BlockError) -> UInt64 {
        let inTable = geometry.tableReach - guest % geometry.tableReach
        guard let table = try table(of: guest) else { return inTable }
        let position = entryPosition(table, guest)
        let old = try entry(at: position)
        if old.word != 0 || old.bitmap != 0 {
            let own = entryPosition(try writableTable(of: guest), guest)
            try setEntry(Qcow2Entry(word: 0), at: own)
            release(old)
        }
        return min(geometry.clusterSize, inTable)
    }

    /// Changes the disk's size in the header.
    private func setByteCount(_ byteCount: UInt64) throws(BlockError) {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(byteCount)
        try writeMetadata(bytes, at: UInt64(Qcow2Header.Field.byteCount))
        try barrier()
        header.byteCount = byteCount
        resizeBitmaps(to: byteCount)
    }

    /// Moves the L1 table to where it can have more entries.
    private func growDirectory(to count: Int) throws(BlockError) {
        let entries = directory.entries + [UInt64](repeating: 0, count: count - directory.entries.count)
        let old = directory.offset..<directory.offset + UInt64(directory.entries.count * 8)
        let offset = try writeDirectory(entries)
        try switchDirectory(to: PointerTable(entries: entries, offset: offset), byteCount: byteCount)
        free(old)
    }

    /// Writes an L1 table to a new place, and makes it and what it relies on durable.
    func writeDirectory(_ entries: [UInt64]) throws(BlockError) -> UInt64 {
        let clusterCount = max(1, geometry.clusterCount(UInt64(entries.count * 8)))
        let place = try allocate(clusterCount: clusterCount)
        let table = PointerTable(entries: entries, offset: place.offset)
        let padded = Int(clusterCount << UInt64(geometry.clusterBits)) / 8
        try settle()
        try writeMetadata(table.encoded(0..<padded), at: place.offset)
        try barrier()
        return place.offset
    }

    /// Makes another L1 table the active one, with one write to the header.
    func switchDirectory(to table: PointerTable, byteCount: UInt64) throws(BlockError) {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(byteCount)
        bytes.appendBigEndian(UInt32(0))
        bytes.appendBigEndian(UInt32(table.entries.count))
        bytes.appendBigEndian(table.offset)
        try writeMetadata(bytes, at: UInt64(Qcow2Header.Field.byteCount))
        try barrier()
        header.byteCount = byteCount
        header.directoryEntryCount = UInt32(table.entries.count)
        header.directoryOffset = table.offset
        directory = table
    }
}
