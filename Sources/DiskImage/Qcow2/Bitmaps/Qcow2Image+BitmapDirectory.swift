// SPDX-License-Identifier: Apache-2.0

/// The directory of the bitmaps, and the header extension that names it.
extension Qcow2Image {
    /// The extension, where the image has bitmaps that were kept up to date.
    func bitmapSection() throws(BlockError) -> Qcow2BitmapSection? {
        let kind = Qcow2HeaderExtension.Kind.bitmaps
        guard header.version >= 3, header.features.autoclear.contains(.bitmaps),
            let section = header.section(kind), let place = header.position(of: kind)
        else { return nil }
        return try Qcow2BitmapSection(section, at: UInt64(place), geometry, fileByteCount: file.byteCount)
    }

    /// The image has bitmaps that a program changed the disk without: they are out of date, and count for nothing.
    package var hasStaleBitmaps: Bool {
        header.section(Qcow2HeaderExtension.Kind.bitmaps) != nil && !header.features.autoclear.contains(.bitmaps)
    }

    /// Reads and checks the directory.
    func readBitmaps() throws(BlockError) -> [Qcow2Bitmap] {
        guard let section = try bitmapSection() else { return [] }
        let start = section.directoryOffset
        let bytes = try file.bytes(at: start, count: Int(section.directoryByteCount))
        var result: [Qcow2Bitmap] = []
        var names: Set<[UInt8]> = []
        var position = 0
        var tableEntryCount: UInt64 = 0
        while position < bytes.count {
            let entry = try Qcow2BitmapEntry(readingFrom: bytes, at: position, of: start)
            let place = start + UInt64(position)
            guard result.count < Int(section.count), entry.encodedByteCount <= bytes.count - position else {
                throw .corrupt("the bitmap directory does not end after \(section.count) entries", fileOffset: place)
            }
            try checkTable(of: entry, at: place)
            guard names.insert(entry.nameBytes).inserted else {
                throw .corrupt("two bitmaps have the same name", fileOffset: place)
            }
            tableEntryCount += UInt64(entry.tableEntryCount)
            guard tableEntryCount <= Qcow2Limits.bitmapTableEntryCount else {
                throw .unsupported("the image's bitmaps have tables of more than 64 MiB")
            }
            result.append(Qcow2Bitmap(entry: entry, position: place))
            position += entry.encodedByteCount
        }
        guard result.count == Int(section.count) else {
            throw .corrupt(
                "the bitmap directory has \(result.count) entries, and \(section.count) were said", fileOffset: start)
        }
        return result
    }

    private func checkTable(of entry: Qcow2BitmapEntry, at place: UInt64) throws(BlockError) {
        let count = UInt64(entry.tableEntryCount)
        guard count > 0, count << UInt64(geometry.clusterBits) <= Qcow2Limits.bitmapByteCount else {
            throw .corrupt(
                "a bitmap's table has \(count) entries, for 1 byte to 512 MiB of bits", fileOffset: place + 8)
        }
        let end = (file.byteCount + geometry.clusterSize - 1) & ~(geometry.clusterSize - 1)
        guard entry.tableOffset != 0, geometry.inCluster(entry.tableOffset) == 0, entry.tableOffset < end,
            count * 8 <= end - entry.tableOffset
        else { throw .corrupt("a bitmap's table cannot lie at \(entry.tableOffset)", fileOffset: place) }
        guard !entry.flags.contains(.inUse) else { return }
        let needed = Qcow2Bitmap(entry: entry).clusterCount(byteCount, geometry)
        guard needed == count else {
            throw .corrupt(
                "a bitmap's table has \(count) entries, and its disk needs \(needed)", fileOffset: place + 8)
        }
    }

    /// Takes the places of the directory and of the tables, so that nothing else is written there.
    func claimBitmaps() throws(BlockError) {
        guard let section = try bitmapSection() else { return }
        try claim(section.directory, "the bitmap directory", namedAt: 88)
        for bitmap in bitmaps {
            let start = bitmap.entry.tableOffset
            let range = start..<start + UInt64(bitmap.entry.tableEntryCount) * 8
            try claim(range, "a bitmap's table", namedAt: bitmap.position ?? 0)
        }
    }

    private func claim(_ range: Range<UInt64>, _ name: String, namedAt place: UInt64) throws(BlockError) {
        for index in clusters(of: range) { try claim(geometry.offset(ofCluster: index), name, namedAt: place) }
    }

    func clusters(of range: Range<UInt64>) -> ClosedRange<UInt64> {
        geometry.clusterIndex(range.lowerBound)...geometry.clusterIndex(range.upperBound - 1)
    }

    /// Writes down in the directory that bitmaps are in use, or are so no longer. It is durable after the next barrier.
    func writeFlags(of indices: [Int]) throws(BlockError) {
        for index in indices {
            guard let position = bitmaps[index].position else { continue }
            var bytes: [UInt8] = []
            var flags = bitmaps[index].entry.flags
            if bitmaps[index].isChanging { flags.insert(.inUse) }
            bytes.appendBigEndian(flags.rawValue)
            try writeMetadata(bytes, at: position + Qcow2BitmapEntry.flagsPlace)
        }
    }

    /// Writes another directory, of the bitmaps that have tables, and makes it the one that counts.
    ///
    /// What the bitmaps and the reference counts need has been written; the old directory is given back.
    func replaceDirectory() throws(BlockError) {
        let old = try bitmapSection()?.directory
        var bytes: [UInt8] = []
        var places: [(index: Int, place: Int)] = []
        for index in bitmaps.indices where bitmaps[index].entry.tableOffset != 0 {
            var entry = bitmaps[index].entry
            if bitmaps[index].isChanging { entry.flags.insert(.inUse) }
            places.append((index, bytes.count))
            bytes += entry.encoded()
        }
        guard UInt64(bytes.count) <= Qcow2Limits.bitmapDirectoryByteCount else {
            throw .invalid("the bitmap directory would have \(bytes.count) bytes; it has at most 64 MiB")
        }
        guard !bytes.isEmpty else {
            if old != nil { try removeBitmapSection() }
            return release(old)
        }
        let place = try allocateMetadata(byteCount: UInt64(bytes.count))
        try writeMetadata(bytes, at: place)
        try writeRefcounts()
        try barrier()
        let range = place..<place + UInt64(bytes.count)
        try writeBitmapSection(Qcow2BitmapSection(count: UInt32(places.count), directory: range))
        for item in places { bitmaps[item.index].position = place + UInt64(item.place) }
        release(old)
    }

    private func release(_ range: Range<UInt64>?) {
        guard let range else { return }
        free(range)
    }

    /// Room for metadata that the guest's data must not be written over.
    func allocateMetadata(byteCount: UInt64) throws(BlockError) -> UInt64 {
        let place = try allocate(clusterCount: geometry.clusterCount(byteCount))
        for number in 0..<place.clusterCount {
            let offset = place.offset + geometry.offset(ofCluster: number)
            tables.forget(offset..<offset + geometry.clusterSize)
            metadataClusters.insert(offset)
        }
        return place.offset
    }
}
