// SPDX-License-Identifier: Apache-2.0

/// Reference counts (qcow2 specification, "Host cluster management").
extension Qcow2Image {
    /// Where the count of a cluster is: its byte in the file, and its lowest bit there. `nil` where no block has it.
    private func refcountPlace(_ cluster: UInt64) throws(BlockError) -> (position: UInt64, shift: UInt64)? {
        let index = cluster / geometry.blockEntryCount
        guard index < UInt64(refcountTable.entries.count) else { return nil }
        let block = refcountTable[Int(index)] & ~511
        guard block != 0 else { return nil }
        guard geometry.inCluster(block) == 0, block < file.byteCount else {
            if isChecking { return nil }
            throw corrupt("a refcount block cannot lie at \(block)", at: refcountTable.offset + index * 8)
        }
        let bit = (cluster % geometry.blockEntryCount) << UInt64(geometry.refcountOrder)
        return (block + bit / 8, bit % 8)
    }

    private func blockSlot(_ position: UInt64) throws(BlockError) -> Int {
        let start = position & ~UInt64(blocks.sliceByteCount - 1)
        if let slot = blocks.find(start) { return slot }
        if blocks.needsWriting() { try settleForRoom() }
        return blocks.insert(start, try readPadded(at: start, count: blocks.sliceByteCount))
    }

    /// How many references a cluster of the file has.
    func refcount(_ cluster: UInt64) throws(BlockError) -> UInt64 {
        guard let place = try refcountPlace(cluster) else { return 0 }
        let slot = try blockSlot(place.position)
        let position = Int(place.position & UInt64(blocks.sliceByteCount - 1))
        var value: UInt64 = 0
        for byte in 0..<max(1, geometry.refcountBits / 8) {
            value = value << 8 | UInt64(blocks.byte(slot, at: position + byte))
        }
        return value >> place.shift & geometry.maximumRefcount
    }

    /// Sets a count whose block exists.
    func setRefcount(_ cluster: UInt64, to value: UInt64) throws(BlockError) {
        guard let place = try refcountPlace(cluster) else {
            throw corrupt("no refcount block has cluster \(cluster)", at: refcountTable.offset)
        }
        let slot = try blockSlot(place.position)
        let position = Int(place.position & UInt64(blocks.sliceByteCount - 1))
        if geometry.refcountBits < 8 {
            let mask = UInt8(geometry.maximumRefcount) << UInt8(place.shift)
            let old = blocks.byte(slot, at: position)
            blocks.putByte(old & ~mask | UInt8(value) << UInt8(place.shift), slot, at: position)
            return
        }
        let count = geometry.refcountBits / 8
        for byte in 0..<count {
            let part = UInt8(truncatingIfNeeded: value >> UInt64((count - 1 - byte) * 8))
            blocks.putByte(part, slot, at: position + byte)
        }
    }

    /// One reference more to a cluster that has some.
    func addReference(_ cluster: UInt64) throws(BlockError) {
        let count = try refcount(cluster)
        guard count < geometry.maximumRefcount else {
            throw .unsupported(
                "a cluster has \(count) references, and one more does not fit into \(geometry.refcountBits) bits")
        }
        try setRefcount(cluster, to: count + 1)
    }

    /// Ends a reference as soon as nothing durable names the cluster by it.
    func free(cluster: UInt64) {
        pendingFrees[cluster, default: 0] += 1
    }

    func free(_ range: Range<UInt64>) {
        guard !range.isEmpty else { return }
        for cluster in geometry.clusterIndex(range.lowerBound)...geometry.clusterIndex(range.upperBound - 1) {
            free(cluster: cluster)
        }
    }

    /// Ends what waits for it. What named the clusters is gone from the file, durably.
    func applyFrees() throws(BlockError) {
        decompressed = nil
        compressedTail = nil
        let frees = pendingFrees.sorted { $0.key < $1.key }
        pendingFrees = [:]
        var unused: Range<UInt64>?
        for (cluster, count) in frees {
            let old = try refcount(cluster)
            guard old >= count else {
                throw corrupt(
                    "cluster \(cluster) has \(old) references, and more are given up",
                    at: geometry.offset(ofCluster: cluster))
            }
            try setRefcount(cluster, to: old - count)
            guard old == count else { continue }
            unused = try giveBack(cluster, after: unused)
        }
        if let unused { try discardFile(unused) }
    }

    /// A cluster that nothing names: its room goes back to the file system, together with that of its neighbours.
    private func giveBack(_ cluster: UInt64, after unused: Range<UInt64>?) throws(BlockError) -> Range<UInt64> {
        freeHint = min(freeHint, cluster)
        let start = geometry.offset(ofCluster: cluster)
        let range = start..<start + geometry.clusterSize
        tables.forget(range)
        blocks.forget(range)
        metadataClusters.remove(start)
        guard let unused else { return range }
        if unused.upperBound == start { return unused.lowerBound..<range.upperBound }
        try discardFile(unused)
        return range
    }

    private func discardFile(_ range: Range<UInt64>) throws(BlockError) {
        let end = min(range.upperBound, file.byteCount)
        if range.lowerBound < end { try file.discard(range.lowerBound..<end) }
    }
}
