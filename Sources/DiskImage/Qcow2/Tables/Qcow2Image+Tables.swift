// SPDX-License-Identifier: Apache-2.0

/// L2 tables, slice by slice.
extension Qcow2Image {
    /// The slot in the cache of the slice that has a position in the file.
    func tableSlot(_ position: UInt64) throws(BlockError) -> Int {
        let start = position & ~UInt64(tables.sliceByteCount - 1)
        if let slot = tables.find(start) { return slot }
        if tables.needsWriting() { try settleForRoom() }
        return tables.insert(start, try readPadded(at: start, count: tables.sliceByteCount))
    }

    /// The bytes of the file at an offset, zeros where it has ended.
    func readPadded(at offset: UInt64, count: Int) throws(BlockError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var elements = bytes.mutableSpan
        var span = unsafe elements.mutableBytes
        try readPadded(into: &span, from: file, at: offset)
        return bytes
    }

    func readPadded(
        into span: inout MutableRawSpan, from node: any BlockNode, at offset: UInt64
    ) throws(BlockError) {
        let size = node.byteCount
        let present = Int(min(UInt64(span.byteCount), size - min(offset, size)))
        if present > 0 {
            var part = span._mutatingExtracting(0..<present)
            try node.read(into: &part, at: offset)
        }
        if present < span.byteCount {
            var rest = span._mutatingExtracting(present..<span.byteCount)
            rest.clear()
        }
    }

    /// Where the L2 table of a guest's offset lies, if there is one.
    func table(of guest: UInt64) throws(BlockError) -> UInt64? {
        let index = Int(guest / geometry.tableReach)
        guard index < directory.entries.count else { return nil }
        let offset = directory[index] & Qcow2Entry.offsetMask
        guard offset != 0 else { return nil }
        let place = directory.offset + UInt64(index * 8)
        guard geometry.inCluster(offset) == 0, offset < file.byteCount else {
            throw corrupt("an L2 table cannot lie at \(offset)", at: place)
        }
        return offset
    }

    /// Where in the file the entry of a guest's offset is.
    func entryPosition(_ table: UInt64, _ guest: UInt64) -> UInt64 {
        table + (guest % geometry.tableReach) >> UInt64(geometry.clusterBits) * UInt64(geometry.entryByteCount)
    }

    func entry(at position: UInt64) throws(BlockError) -> Qcow2Entry {
        let slot = try tableSlot(position)
        let place = Int(position & UInt64(tables.sliceByteCount - 1))
        let word = tables.number(slot, at: place)
        guard geometry.hasExtendedEntries else { return Qcow2Entry(word: word) }
        return Qcow2Entry(word: word, bitmap: tables.number(slot, at: place + 8))
    }

    func setEntry(_ entry: Qcow2Entry, at position: UInt64) throws(BlockError) {
        let slot = try tableSlot(position)
        let place = Int(position & UInt64(tables.sliceByteCount - 1))
        tables.put(entry.word, slot, at: place)
        if geometry.hasExtendedEntries { tables.put(entry.bitmap, slot, at: place + 8) }
    }

    /// The table of a guest's offset, made or copied so that it belongs to the active L1 table alone.
    func writableTable(of guest: UInt64) throws(BlockError) -> UInt64 {
        let index = Int(guest / geometry.tableReach)
        guard index < directory.entries.count else {
            throw .outOfRange(guest..<guest + 1, byteCount: byteCount)
        }
        let old = try table(of: guest)
        if let old, directory[index] & Qcow2Entry.copied != 0 { return old }
        let place = try allocate(clusterCount: 1)
        let range = place.offset..<place.offset + geometry.clusterSize
        tables.forget(range)
        if let old { try copyTable(old, to: place.offset) } else if !place.isFresh { try zeroFile(range) }
        metadataClusters.insert(place.offset)
        directory[index] = place.offset | Qcow2Entry.copied
        if let old {
            metadataClusters.remove(old)
            free(cluster: geometry.clusterIndex(old))
        }
        return place.offset
    }

    private func copyTable(_ old: UInt64, to new: UInt64) throws(BlockError) {
        var position: UInt64 = 0
        while position < geometry.clusterSize {
            let slot = try tableSlot(old + position)
            try writeMetadata(tables.slots[slot].bytes, at: new + position)
            position += UInt64(tables.sliceByteCount)
        }
    }

    func zeroFile(_ range: Range<UInt64>) throws(BlockError) {
        isUnsettled = true
        try file.writeZeroes(range, mayUnmap: true)
    }

    /// What a piece of the guest's disk is, and how far that goes inside of its cluster or subcluster.
    func mapping(_ guest: UInt64) throws(BlockError) -> (mapping: Qcow2Mapping, count: UInt64) {
        guard let table = try table(of: guest) else {
            return (.unallocated, geometry.tableReach - guest % geometry.tableReach)
        }
        let position = entryPosition(table, guest)
        let entry = try entry(at: position)
        let inside = geometry.inCluster(guest)
        let rest = geometry.clusterSize - inside
        if entry.isCompressed {
            guard dataFile == nil else { throw corrupt("a compressed cluster beside a data file", at: position) }
            return (.compressed(entry.compressedRange(geometry)), rest)
        }
        try checkHost(entry, guest, at: position)
        guard geometry.hasExtendedEntries else { return (clusterMapping(entry, inside), rest) }
        let step = geometry.subclusterSize - (guest & (geometry.subclusterSize - 1))
        return (try subclusterMapping(entry, inside, at: position), step)
    }

    private func clusterMapping(_ entry: Qcow2Entry, _ inside: UInt64) -> Qcow2Mapping {
        let host = hostOffset(entry)
        if header.version >= 3, entry.word & Qcow2Entry.zero != 0 { return .zero(host: host.map { $0 + inside }) }
        return host.map { .data(host: $0 + inside) } ?? .unallocated
    }

    private func subclusterMapping(
        _ entry: Qcow2Entry, _ inside: UInt64, at position: UInt64
    ) throws(BlockError) -> Qcow2Mapping {
        let index = inside >> UInt64(geometry.subclusterBits)
        let (isAllocated, isZero) = (entry.bitmap >> index & 1 == 1, entry.bitmap >> (index + 32) & 1 == 1)
        let host = hostOffset(entry).map { $0 + inside }
        switch (isAllocated, isZero) {
        case (true, true): throw corrupt("a subcluster is allocated and zero at once", at: position)
        case (false, true): return .zero(host: host)
        case (false, false): return .unallocated
        case (true, false):
            guard let host else { throw corrupt("a subcluster is allocated without a cluster", at: position) }
            return .data(host: host)
        }
    }

    /// The entry's cluster. That of a data file may lie at 0.
    func hostOffset(_ entry: Qcow2Entry) -> UInt64? {
        let offset = entry.hostOffset
        return offset == 0 && !(dataFile != nil && entry.isCopied) ? nil : offset
    }

    private func checkHost(_ entry: Qcow2Entry, _ guest: UInt64, at position: UInt64) throws(BlockError) {
        guard let host = hostOffset(entry) else { return }
        guard geometry.inCluster(host) == 0 else {
            throw corrupt("the cluster of the disk's byte \(guest) is not aligned: \(host)", at: position)
        }
        if dataFile != nil {
            guard host == geometry.clusterStart(guest) else {
                throw corrupt("the data file has the disk's byte \(guest) elsewhere, at \(host)", at: position)
            }
        } else if host >= file.byteCount, entry.word & Qcow2Entry.zero == 0 {
            throw corrupt("the cluster of the disk's byte \(guest) is not in the file: \(host)", at: position)
        }
    }
}
