// SPDX-License-Identifier: Apache-2.0

/// How often each cluster of a file is named by the image's metadata, counted anew.
///
/// Every table is walked once for each L1 table that names it; an L1 table that names one twice is damaged, and the
/// second time is not walked. The memory is four bytes a cluster of the file.
struct Qcow2ReferenceCount {
    private let image: Qcow2Image
    private let geometry: Qcow2Geometry
    private let fileEnd: UInt64
    private(set) var counts: [UInt32]
    private(set) var report = Qcow2CheckReport()
    /// Entries of L1 and L2 tables that name what cannot be: where they are, and whether they are of an L2 table.
    private(set) var badEntries: [(position: UInt64, isDirectory: Bool)] = []
    /// Bitmaps whose tables name what cannot be, by their place in the directory.
    private(set) var badBitmaps: Set<Int> = []
    /// Where the next cluster of the same table would lie if it were not fragmented; 0 for the first.
    private var nextContiguous: UInt64 = 0

    init(of image: Qcow2Image) throws(BlockError) {
        self.image = image
        geometry = image.geometry
        fileEnd = image.file.byteCount
        let count = geometry.clusterCount(fileEnd)
        guard count <= 1 << 30 else {
            throw .unsupported("a file of \(count) clusters is too large to be checked")
        }
        counts = [UInt32](repeating: 0, count: Int(count))
        report.totalClusters = geometry.clusterCount(image.byteCount)
    }

    /// Counts everything but the refcount structures.
    mutating func countContents() throws(BlockError) {
        let header = image.header
        mark(0..<geometry.clusterSize, "the header")
        try countDirectory(image.directory.entries, header.directoryOffset, isActive: true)
        for snapshot in image.snapshots {
            let table = try PointerTable(
                readingFrom: image.file, at: snapshot.directoryOffset, count: Int(snapshot.directoryEntryCount))
            try countDirectory(table.entries, snapshot.directoryOffset, isActive: false)
        }
        mark(image.snapshotTableRange, "the snapshot table")
        try countBitmaps()
    }

    /// Counts the refcount table and its blocks.
    mutating func countRefcountStructures() {
        let header = image.header
        let size = UInt64(header.refcountTableClusterCount) << UInt64(geometry.clusterBits)
        mark(header.refcountTableOffset..<header.refcountTableOffset + size, "the refcount table")
        for (index, word) in image.refcountTable.entries.enumerated() where word != 0 {
            let block = word & ~511
            guard geometry.inCluster(block) == 0, word & 511 == 0 else {
                report.corruption("refcount block \(index) is not aligned: \(word)")
                continue
            }
            guard block < fileEnd else {
                report.corruption("refcount block \(index), at \(block), is not in the file")
                continue
            }
            mark(block..<block + geometry.clusterSize, "refcount block \(index)")
            if counts[Int(geometry.clusterIndex(block))] != 1 {
                report.corruption("refcount block \(index), at \(block), lies over something else")
            }
        }
    }

    /// One reference to each cluster of a range; false where it is not in the file.
    @discardableResult
    private mutating func mark(_ range: Range<UInt64>, _ name: @autoclosure () -> String) -> Bool {
        guard !range.isEmpty else { return true }
        guard range.upperBound <= fileEnd + geometry.clusterSize - 1, range.lowerBound < max(1, fileEnd) else {
            report.corruption("\(name()), at \(range.lowerBound), is not in the file of \(fileEnd) bytes")
            return false
        }
        for index in geometry.clusterIndex(range.lowerBound)...geometry.clusterIndex(range.upperBound - 1)
        where index < UInt64(counts.count) {
            if counts[Int(index)] < .max { counts[Int(index)] += 1 }
        }
        return true
    }

    private mutating func countDirectory(
        _ entries: [UInt64], _ offset: UInt64, isActive: Bool
    ) throws(BlockError) {
        mark(offset..<offset + UInt64(entries.count * 8), "an L1 table")
        var seen: Set<UInt64> = []
        for (index, word) in entries.enumerated() where word & Qcow2Entry.offsetMask != 0 {
            let table = word & Qcow2Entry.offsetMask
            let position = offset + UInt64(index * 8)
            guard geometry.inCluster(table) == 0 else {
                report.corruption("an L2 table is not aligned: \(table), in the L1 table at \(position)")
                badEntries.append((position, true))
                continue
            }
            guard mark(table..<table + geometry.clusterSize, "the L2 table that byte \(position) names") else {
                badEntries.append((position, true))
                continue
            }
            if word & ~(Qcow2Entry.offsetMask | Qcow2Entry.copied) != 0 {
                report.corruption("an entry of an L1 table has reserved bits, at \(position)")
            }
            if seen.insert(table).inserted { try countTable(table, isActive: isActive) }
        }
    }

    private mutating func countTable(_ table: UInt64, isActive: Bool) throws(BlockError) {
        nextContiguous = 0
        let bytes = try image.readPadded(at: table, count: Int(geometry.clusterSize))
        for index in 0..<Int(geometry.tableEntryCount) {
            let place = index * geometry.entryByteCount
            let bitmap = geometry.hasExtendedEntries ? bytes.bigEndian(UInt64.self, at: place + 8) : 0
            let entry = Qcow2Entry(word: bytes.bigEndian(UInt64.self, at: place), bitmap: bitmap)
            guard entry.word != 0 || bitmap != 0 else { continue }
            if !countEntry(entry, at: table + UInt64(place), isActive: isActive) {
                badEntries.append((table + UInt64(place), false))
            }
        }
    }

    /// Counts what an entry names; false where it cannot be right.
    private mutating func countEntry(_ entry: Qcow2Entry, at position: UInt64, isActive: Bool) -> Bool {
        if entry.isCompressed { return countCompressed(entry, at: position, isActive: isActive) }
        if entry.bitmap & entry.bitmap >> 32 & 0xFFFF_FFFF != 0 {
            report.corruption("subclusters are allocated and zero at once, at \(position)")
            return false
        }
        guard let host = image.hostOffset(entry) else {
            guard entry.bitmap & 0xFFFF_FFFF == 0 else {
                report.corruption("subclusters are allocated without a cluster, at \(position)")
                return false
            }
            return true
        }
        guard geometry.inCluster(host) == 0 else {
            report.corruption("a cluster of the disk is not aligned: \(host), at \(position)")
            return false
        }
        if isActive { countFragments(host) }
        guard !image.header.hasDataFile else { return true }
        return mark(host..<host + geometry.clusterSize, "the cluster that byte \(position) names")
    }

    private mutating func countFragments(_ host: UInt64) {
        report.allocatedClusters += 1
        if nextContiguous != 0, host != nextContiguous { report.fragmentedClusters += 1 }
        nextContiguous = host + geometry.clusterSize
    }

    private mutating func countCompressed(_ entry: Qcow2Entry, at position: UInt64, isActive: Bool) -> Bool {
        guard !image.header.hasDataFile else {
            report.corruption("a compressed cluster beside a data file, at \(position)")
            return false
        }
        if entry.isCopied { report.corruption("a compressed cluster has the copied flag, at \(position)") }
        if isActive {
            report.allocatedClusters += 1
            report.compressedClusters += 1
            report.fragmentedClusters += 1
        }
        let range = entry.compressedRange(geometry)
        return mark(range, "the compressed cluster that byte \(position) names")
    }

    /// The clusters of the bitmaps, inconsistent ones too (qcow2 specification, "Bitmaps").
    private mutating func countBitmaps() throws(BlockError) {
        if let damage = image.bitmapDamage { return report.corruption("the bitmaps cannot be read: \(damage)") }
        guard let section = try image.bitmapSection() else { return }
        mark(section.directory, "the bitmap directory")
        for (index, bitmap) in image.bitmaps.enumerated() where bitmap.position != nil {
            if try !countBitmap(bitmap.entry) { badBitmaps.insert(index) }
        }
    }

    /// Counts what a bitmap has; false where something of it cannot be right.
    private mutating func countBitmap(_ entry: Qcow2BitmapEntry) throws(BlockError) -> Bool {
        let count = Int(entry.tableEntryCount)
        mark(entry.tableOffset..<entry.tableOffset + UInt64(count) * 8, "a bitmap's table")
        let table = try PointerTable(readingFrom: image.file, at: entry.tableOffset, count: count)
        var isRight = true
        for (number, word) in table.entries.enumerated() {
            let place = entry.tableOffset + UInt64(number * 8)
            do throws(BlockError) {
                let cluster = try Qcow2BitmapCluster(word, geometry, fileByteCount: fileEnd, namedAt: place)
                guard case .stored(let offset) = cluster else { continue }
                mark(offset..<offset + geometry.clusterSize, "a cluster of a bitmap")
            } catch {
                report.corruption("\(error)")
                isRight = false
            }
        }
        return isRight
    }
}

extension Qcow2ReferenceCount {
    /// Compares with the counts that the image has, after all has been counted.
    mutating func compare() throws(BlockError) {
        var end: UInt64 = 0
        for index in counts.indices {
            let stored = try image.refcount(UInt64(index))
            let counted = UInt64(counts[index])
            if stored != 0 || counted != 0 { end = UInt64(index) + 1 }
            guard stored != counted else { continue }
            let sentence = "cluster \(index) has \(stored) references by its count, and \(counted) by the tables"
            if stored < counted { report.corruption(sentence) } else { report.leak(sentence) }
        }
        report.imageEndOffset = geometry.offset(ofCluster: end)
        try compareFlags()
    }

    /// The copied flags of the active tables.
    private mutating func compareFlags() throws(BlockError) {
        for (index, word) in image.directory.entries.enumerated() where word & Qcow2Entry.offsetMask != 0 {
            let table = word & Qcow2Entry.offsetMask
            guard geometry.inCluster(table) == 0, table < fileEnd else { continue }
            try compareFlag(word, of: table, at: image.directory.offset + UInt64(index * 8))
            let bytes = try image.readPadded(at: table, count: Int(geometry.clusterSize))
            for number in 0..<Int(geometry.tableEntryCount) {
                let place = number * geometry.entryByteCount
                let entry = Qcow2Entry(word: bytes.bigEndian(UInt64.self, at: place))
                guard !image.header.hasDataFile, !entry.isCompressed, let host = image.hostOffset(entry) else {
                    continue
                }
                try compareFlag(entry.word, of: host, at: table + UInt64(place))
            }
        }
    }

    private mutating func compareFlag(_ word: UInt64, of offset: UInt64, at position: UInt64) throws(BlockError) {
        let count = try image.refcount(geometry.clusterIndex(offset))
        if (count == 1) != (word & Qcow2Entry.copied != 0) {
            report.corruption("the copied flag at \(position) does not go with \(count) references")
        }
    }
}
