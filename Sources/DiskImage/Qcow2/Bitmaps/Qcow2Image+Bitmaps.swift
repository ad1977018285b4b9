// SPDX-License-Identifier: Apache-2.0

/// What is done with bitmaps by name. A change reaches the file at `close()`; until then it says that the bitmap is in
/// use. What QEMU refuses to do with a bitmap is refused here too.
extension Qcow2Image {
    /// What a bit of a new bitmap stands for where nobody says: a cluster, but 4 to 64 KiB.
    package var defaultGranularity: UInt64 { min(max(geometry.clusterSize, 4096), 65536) }

    package func bitmap(_ name: String) -> Qcow2Bitmap? { bitmaps.first { $0.name == name } }

    /// Makes a bitmap without a set bit.
    ///
    /// - Parameter granularity: 512 bytes to 2 GiB, a power of two.
    package func addBitmap(_ name: String, granularity: UInt64, isEnabled: Bool) throws(BlockError) {
        try prepareForBitmaps()
        guard bitmap(name) == nil else { throw .invalid("the image has a bitmap \(name) already") }
        guard (1...Qcow2Limits.bitmapNameByteCount).contains(name.utf8.count) else {
            throw .invalid("a bitmap's name has 1 to 1023 bytes, and not \(name.utf8.count)")
        }
        guard granularity.nonzeroBitCount == 1,
            Qcow2Limits.bitmapGranularityBits.contains(granularity.trailingZeroBitCount)
        else {
            throw .invalid("a bit stands for a power of two of bytes, 512 to 2147483648, and not \(granularity)")
        }
        guard bitmaps.count < Int(Qcow2Limits.bitmapCount) else {
            throw .unsupported("the image has \(bitmaps.count) bitmaps, and it can have no more")
        }
        let entry = Qcow2BitmapEntry(name: name, granularity: granularity, flags: isEnabled ? .auto : [])
        var bitmap = Qcow2Bitmap(entry: entry)
        try checkSize(of: bitmap, byteCount: byteCount)
        try checkMemory(for: bitmap)
        bitmap.contents = DirtyBitmap(byteCount: byteCount, granularity: granularity)
        bitmap.isChanging = true
        bitmaps.append(bitmap)
        updateRecording()
    }

    /// Ends a bitmap, an inconsistent one too. The file does not name it any more when this returns.
    package func removeBitmap(_ name: String) throws(BlockError) {
        try prepareForBitmaps()
        let bitmap = bitmaps.remove(at: try index(ofBitmap: name))
        updateRecording()
        guard bitmap.entry.tableOffset != 0 else { return }
        try flush()
        let clusters = try clusters(of: bitmap)
        try replaceDirectory()
        for cluster in clusters { free(cluster: cluster) }
        try flush()
    }

    /// Clears every bit.
    package func clearBitmap(_ name: String) throws(BlockError) {
        try change(name) { bitmap in bitmap.contents?.reset() }
    }

    /// Records every change from now on, or none any more.
    package func setBitmap(_ name: String, isEnabled: Bool) throws(BlockError) {
        try change(name) { bitmap in
            if isEnabled { bitmap.entry.flags.insert(.auto) } else { bitmap.entry.flags.remove(.auto) }
        }
        updateRecording()
    }

    /// Sets the bits that another bitmap, of a disk of the same size, has set.
    package func mergeBitmap(_ name: String, from source: DirtyBitmap) throws(BlockError) {
        guard source.byteCount == byteCount else {
            throw .invalid(
                "bitmap \(name) is of a disk of \(byteCount) bytes, and what is merged of one of \(source.byteCount)")
        }
        try change(name) { bitmap in bitmap.contents?.merge(source) }
    }

    /// A bitmap's bits.
    package func bitmapContents(_ name: String) throws(BlockError) -> DirtyBitmap {
        let index = try index(ofBitmap: name)
        try checkUsable(bitmaps[index])
        try loadBitmap(index)
        guard let contents = bitmaps[index].contents else { throw .invalid("bitmap \(name) has no bits") }
        return contents
    }

    private func change(_ name: String, _ body: (inout Qcow2Bitmap) -> Void) throws(BlockError) {
        try prepareForBitmaps()
        let index = try index(ofBitmap: name)
        try checkUsable(bitmaps[index])
        try loadBitmap(index)
        try startChanging([index])
        body(&bitmaps[index])
    }

    private func prepareForBitmaps() throws(BlockError) {
        guard header.version >= 3 else { throw .unsupported("an image of version 2 keeps no bitmaps") }
        try prepareToModify()
    }

    private func index(ofBitmap name: String) throws(BlockError) -> Int {
        guard let index = bitmaps.firstIndex(where: { $0.name == name }) else {
            throw .invalid("the image has no bitmap \(name)")
        }
        return index
    }

    private func checkUsable(_ bitmap: Qcow2Bitmap) throws(BlockError) {
        guard !bitmap.isInconsistent else {
            throw .invalid(
                "bitmap \(bitmap.name) is inconsistent: it was not stored after it changed, and can only be removed")
        }
        guard !bitmap.isForeign else {
            throw .unsupported("bitmap \(bitmap.name) has data that this program does not know")
        }
    }

    private func checkSize(of bitmap: Qcow2Bitmap, byteCount: UInt64) throws(BlockError) {
        let size = bitmap.clusterCount(byteCount, geometry) << UInt64(geometry.clusterBits)
        guard size > 0 else { throw .unsupported("a disk of 0 bytes has no bitmaps") }
        guard size <= Qcow2Limits.bitmapByteCount else {
            throw .invalid(
                "bitmap \(bitmap.name) would take \(size) bytes; it has at most 512 MiB, with a larger granularity")
        }
    }

    /// The clusters that a bitmap has in the file: of its table, and those of its bits that can be.
    private func clusters(of bitmap: Qcow2Bitmap) throws(BlockError) -> [UInt64] {
        let entry = bitmap.entry
        let count = Int(entry.tableEntryCount)
        let table: PointerTable
        if let loaded = bitmap.table {
            table = loaded
        } else {
            table = try PointerTable(readingFrom: file, at: entry.tableOffset, count: count)
        }
        var result = Set(clusters(of: entry.tableOffset..<entry.tableOffset + UInt64(count) * 8))
        for word in table.entries {
            let place = try? Qcow2BitmapCluster(word, geometry, fileByteCount: file.byteCount, namedAt: 0)
            guard case .stored(let offset)? = place else { continue }
            let isOther = bitmap.contents == nil && metadataClusters.contains(offset)
            if !isOther, fixedTable(at: offset) == nil, try refcount(geometry.clusterIndex(offset)) > 0 {
                result.insert(geometry.clusterIndex(offset))
            }
        }
        return result.sorted()
    }

    /// Has every bitmap ready for another size of the disk, or refuses it.
    func prepareBitmaps(toResizeTo byteCount: UInt64) throws(BlockError) {
        for index in bitmaps.indices {
            try checkUsable(bitmaps[index])
            try checkSize(of: bitmaps[index], byteCount: byteCount)
        }
        let memory = bitmaps.reduce(0) { $0 + (DirtyBitmap.bitCount(byteCount, $1.granularity) + 7) / 8 }
        guard memory <= Qcow2Limits.bitmapMemoryByteCount else {
            throw .unsupported("the image's bitmaps would take \(memory) bytes; together they may have 1 GiB")
        }
        for index in bitmaps.indices { try loadBitmap(index) }
        try startChanging(Array(bitmaps.indices))
    }

    /// The disk has another size.
    func resizeBitmaps(to byteCount: UInt64) {
        for index in bitmaps.indices { bitmaps[index].contents?.resize(to: byteCount) }
    }
}
