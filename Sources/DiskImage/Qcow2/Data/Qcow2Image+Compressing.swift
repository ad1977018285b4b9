// SPDX-License-Identifier: Apache-2.0

extension Qcow2Image {
    /// Writes one cluster compressed; plain where that takes no less room.
    ///
    /// `offset` is a multiple of the cluster size, and `bytes` are a cluster or what is left of the disk. A compressed
    /// cluster is not overwritten in place: this is for images that are made once.
    package func writeCompressed(_ bytes: [UInt8], at offset: UInt64) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        try checkRange(offset, UInt64(bytes.count))
        guard dataFile == nil else { throw .unsupported("an image with a data file has no compressed clusters") }
        let wanted = min(geometry.clusterSize, byteCount - offset)
        guard geometry.inCluster(offset) == 0, UInt64(bytes.count) == wanted else {
            throw .invalid("compressed clusters are written whole: \(bytes.count) bytes at \(offset) are not one")
        }
        let cluster = bytes + [UInt8](repeating: 0, count: Int(geometry.clusterSize) - bytes.count)
        // An entry has fewer bits for where compressed bytes lie, the larger the clusters are.
        let shift = UInt64(62 - (geometry.clusterBits - 8))
        guard file.byteCount + 2 * geometry.clusterSize < 1 << shift,
            let compressed = header.compression.compress(cluster)
        else { return try write(bytes, at: offset) }
        try prepareToModify()
        try record(offset..<offset + UInt64(bytes.count))
        try boundFrees()
        let table = try writableTable(of: offset)
        let start = try allocate(byteCount: UInt64(compressed.count))
        let end = start + UInt64(compressed.count)
        isUnsettled = true
        try file.write(compressed, at: start)
        let position = entryPosition(table, offset)
        let old = try entry(at: position)
        let sectors = (end - 1) / 512 - start / 512
        let word = Qcow2Entry.compressed | sectors << shift | start
        try setEntry(Qcow2Entry(word: word), at: position)
        release(old)
    }

    /// Room for compressed bytes, right after those before where that is possible.
    private func allocate(byteCount: UInt64) throws(BlockError) -> UInt64 {
        let tail = try usableTail()
        if let tail, tail.length >= byteCount {
            try addReference(geometry.clusterIndex(tail.lowerBound))
            compressedTail = tail.lowerBound + byteCount..<tail.upperBound
            return tail.lowerBound
        }
        let place = try allocate(clusterCount: 1)
        let limit = place.offset + geometry.clusterSize
        guard let tail, tail.upperBound == place.offset else {
            compressedTail = place.offset + byteCount..<limit
            return place.offset
        }
        try addReference(geometry.clusterIndex(tail.lowerBound))
        compressedTail = tail.lowerBound + byteCount..<limit
        return tail.lowerBound
    }

    private func usableTail() throws(BlockError) -> Range<UInt64>? {
        guard let compressedTail, !compressedTail.isEmpty else { return nil }
        let count = try refcount(geometry.clusterIndex(compressedTail.lowerBound))
        return count > 0 && count < geometry.maximumRefcount ? compressedTail : nil
    }
}
