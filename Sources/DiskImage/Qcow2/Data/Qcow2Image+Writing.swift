// SPDX-License-Identifier: Apache-2.0

/// Writing the guest's bytes.
extension Qcow2Image {
    package func write(_ span: RawSpan, at offset: UInt64) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        try checkRange(offset, UInt64(span.byteCount))
        guard span.byteCount > 0 else { return }
        try prepareToModify()
        try record(offset..<offset + UInt64(span.byteCount))
        try writeUnrecorded(span, at: offset)
    }

    /// Writes what is no change as the bitmaps see it, or what they know of.
    func writeUnrecorded(_ span: RawSpan, at offset: UInt64) throws(BlockError) {
        try boundFrees()
        var done = 0
        while done < span.byteCount {
            done += try writePiece(span.extracting(done..<span.byteCount), at: offset + UInt64(done))
        }
    }

    /// What waits to be given back has a bound.
    func boundFrees() throws(BlockError) {
        if pendingFrees.count >= 4096 { try flush() }
    }

    private func writePiece(_ rest: RawSpan, at guest: UInt64) throws(BlockError) -> Int {
        if let run = try inPlaceRun(guest, limit: UInt64(rest.byteCount)) {
            try writeData(rest.extracting(0..<Int(run.count)), at: run.host)
            return Int(run.count)
        }
        if geometry.hasExtendedEntries { return try writeSubclusters(rest, at: guest) }
        return try writeClusters(rest, at: guest)
    }

    /// Where bytes from `guest` on may be overwritten, and how many are side by side.
    private func inPlaceRun(_ guest: UInt64, limit: UInt64) throws(BlockError) -> (host: UInt64, count: UInt64)? {
        guard let first = try inPlace(guest) else { return nil }
        var count = min(limit, first.count)
        while count < limit, let next = try inPlace(guest + count), next.host == first.host + count {
            count = min(limit, count + next.count)
        }
        return (first.host, count)
    }

    private func inPlace(_ guest: UInt64) throws(BlockError) -> (host: UInt64, count: UInt64)? {
        let index = Int(guest / geometry.tableReach)
        guard directory[index] & Qcow2Entry.copied != 0, let table = try table(of: guest) else { return nil }
        let position = entryPosition(table, guest)
        guard try entry(at: position).isCopied else { return nil }
        let piece = try mapping(guest)
        guard case .data(let host) = piece.mapping else { return nil }
        try checkGuestPlace(host, namedAt: position)
        return (host, piece.count)
    }

    /// Refuses to write the guest's bytes over metadata.
    private func checkGuestPlace(_ host: UInt64, namedAt position: UInt64) throws(BlockError) {
        guard dataFile == nil else { return }
        let start = geometry.clusterStart(host)
        if let name = fixedTable(at: start) {
            throw corrupt("the guest's data, at \(start), lie over \(name)", at: position)
        }
        if metadataClusters.contains(start) {
            throw corrupt(
                "the guest's data, at \(start), lie over an L2 table, a refcount block or a bitmap", at: position)
        }
    }

    /// Writes the guest's bytes where they belong.
    private func writeData(_ span: RawSpan, at host: UInt64) throws(BlockError) {
        isUnsettled = true
        let end = host + UInt64(span.byteCount)
        guard let dataFile else {
            if end > file.byteCount { try growFile(to: geometry.clusterStart(end + geometry.clusterSize - 1)) }
            return try file.write(span, at: host)
        }
        if end > dataFile.byteCount { try dataFile.resize(to: end) }
        try dataFile.write(span, at: host)
    }

    /// Writes into clusters that must be allocated first.
    private func writeClusters(_ rest: RawSpan, at guest: UInt64) throws(BlockError) -> Int {
        let table = try writableTable(of: guest)
        let start = geometry.clusterStart(guest)
        let place = try place(for: start, table, limit: geometry.clusterCount(guest - start + UInt64(rest.byteCount)))
        let end = min(guest + UInt64(rest.byteCount), start + place.clusterCount * geometry.clusterSize)
        let whole = start..<start + place.clusterCount * geometry.clusterSize
        let count = Int(end - guest)
        try writeAround(rest.extracting(0..<count), at: guest, filling: whole, place)
        for number in 0..<place.clusterCount {
            let offset = number * geometry.clusterSize
            let position = entryPosition(table, start + offset)
            let old = try entry(at: position)
            try setEntry(Qcow2Entry(word: (place.offset + offset) | Qcow2Entry.copied), at: position)
            if old.isCompressed || hostOffset(old) != place.offset + offset { release(old) }
        }
        return count
    }

    /// Room for the clusters from `start` on that cannot be written in place, at most so many.
    private func place(for start: UInt64, _ table: UInt64, limit: UInt64) throws(BlockError) -> Place {
        let first = try entry(at: entryPosition(table, start))
        if dataFile != nil { return Place(offset: start, clusterCount: 1, isFresh: false) }
        if !first.isCompressed, first.isCopied, let host = hostOffset(first) {
            // Zeros that a cluster was set aside for.
            let position = entryPosition(table, start)
            try checkGuestPlace(host, namedAt: position)
            guard host <= file.byteCount else {
                throw corrupt("the cluster set aside for byte \(start) is not in the file: \(host)", at: position)
            }
            try growFile(to: host + geometry.clusterSize)
            return Place(offset: host, clusterCount: 1, isFresh: false)
        }
        let inTable = geometry.tableEntryCount - geometry.clusterIndex(start % geometry.tableReach)
        let most = min(limit, inTable, max(1, (1 << 20) >> UInt64(geometry.clusterBits)))
        var count: UInt64 = 1
        while count < most {
            let next = try entry(at: entryPosition(table, geometry.offset(ofCluster: count) + start))
            if next.isCopied, !next.isCompressed { break }
            count += 1
        }
        return try allocate(1...count)
    }

    /// Ends what an entry names, which is no longer in its table.
    func release(_ entry: Qcow2Entry) {
        guard dataFile == nil else { return }
        if entry.isCompressed { return free(entry.compressedRange(geometry)) }
        if let host = hostOffset(entry) { free(cluster: geometry.clusterIndex(host)) }
    }

    /// Writes the guest's bytes, and around them what the disk had there, so that all of `whole` is in the file.
    private func writeAround(
        _ span: RawSpan, at guest: UInt64, filling whole: Range<UInt64>, _ place: Place
    ) throws(BlockError) {
        let end = guest + UInt64(span.byteCount)
        let inPlace = place.offset + geometry.inCluster(whole.lowerBound)
        let head = try previous(whole.lowerBound..<guest, isFresh: place.isFresh)
        let tail = try previous(end..<whole.upperBound, isFresh: place.isFresh)
        guard head != nil || tail != nil else {
            return try writeData(span, at: inPlace + (guest - whole.lowerBound))
        }
        var bytes = head ?? []
        unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        bytes += tail ?? []
        try unsafe writeData(bytes.span.bytes, at: inPlace + (head == nil ? guest - whole.lowerBound : 0))
    }

    /// What the disk has in a part of a cluster; `nil` where nothing has to be written for it.
    private func previous(_ range: Range<UInt64>, isFresh: Bool) throws(BlockError) -> [UInt8]? {
        guard !range.isEmpty else { return nil }
        let end = min(range.upperBound, max(byteCount, range.lowerBound))
        if isFresh, try readsAsZeros(range.lowerBound..<end) { return nil }
        // The part of the last cluster of a data file that is no part of the disk is not there.
        let limit = dataFile == nil ? range.upperBound : end
        guard range.lowerBound < limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(limit - range.lowerBound))
        var elements = bytes.mutableSpan
        var all = unsafe elements.mutableBytes
        var part = all._mutatingExtracting(0..<Int(end - range.lowerBound))
        try read(into: &part, at: range.lowerBound)
        return bytes
    }

    /// Whether the tables alone say that a range is zeros.
    func readsAsZeros(_ range: Range<UInt64>) throws(BlockError) -> Bool {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let run = try run(at: offset, limit: range.upperBound - offset)
            switch run.mapping {
            case .zero: break
            case .unallocated where offset >= backing?.byteCount ?? 0: break
            default: return false
            }
            offset += run.count
        }
        return true
    }

    /// Writes into one cluster of an image with extended L2 entries, subcluster by subcluster.
    private func writeSubclusters(_ rest: RawSpan, at guest: UInt64) throws(BlockError) -> Int {
        let table = try writableTable(of: guest)
        let start = geometry.clusterStart(guest)
        let position = entryPosition(table, start)
        let old = try entry(at: position)
        let isOwn = !old.isCompressed && old.isCopied && hostOffset(old) != nil
        let place = try isOwn ? place(for: start, table, limit: 1) : allocateOne(start)
        let end = min(guest + UInt64(rest.byteCount), start + geometry.clusterSize)
        // What another cluster holds has to be brought along whole.
        let isMoved = !isOwn && (old.isCompressed || hostOffset(old) != nil)
        let unit = geometry.subclusterSize
        let whole =
            isMoved
            ? start..<start + geometry.clusterSize : (guest & ~(unit - 1))..<((end + unit - 1) & ~(unit - 1))
        let inside = Place(offset: place.offset, clusterCount: 1, isFresh: place.isFresh)
        try writeAround(rest.extracting(0..<Int(end - guest)), at: guest, filling: whole, inside)
        let first = (whole.lowerBound - start) / unit, last = (whole.upperBound - start) / unit
        let mask: UInt64 = ((1 << last) - 1) & ~((1 << first) - 1)
        let bitmap = (isMoved ? 0 : old.bitmap) & ~(mask << 32) | mask
        try setEntry(Qcow2Entry(word: place.offset | Qcow2Entry.copied, bitmap: bitmap), at: position)
        if isMoved { release(old) }
        return Int(end - guest)
    }

    private func allocateOne(_ start: UInt64) throws(BlockError) -> Place {
        try dataFile == nil ? allocate(clusterCount: 1) : Place(offset: start, clusterCount: 1, isFresh: false)
    }
}
