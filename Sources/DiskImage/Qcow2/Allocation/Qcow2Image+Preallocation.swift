// SPDX-License-Identifier: Apache-2.0

/// Room that is given before it is needed.
extension Qcow2Image {
    /// Maps the clusters that begin in a range, and has room set aside for them or zeros written. What the range has
    /// is replaced: it must be unallocated, or zeros.
    ///
    /// - Parameter showsBacking: Whether the clusters, which must have subclusters then, show the backing image until
    ///   they are written.
    package func preallocate(
        _ range: Range<UInt64>, _ kind: Qcow2CreateOptions.Preallocation, showsBacking: Bool = false
    ) throws(BlockError) {
        try checkRange(range.lowerBound, range.length)
        var guest = geometry.clusterCount(range.lowerBound) << UInt64(geometry.clusterBits)
        guard kind != .off, guest < range.upperBound else { return }
        try prepareToModify()
        if let dataFile, dataFile.byteCount < byteCount { try dataFile.resize(to: byteCount) }
        // Absent subclusters read as zeros where there is no backing image that could show, and take no writing.
        let bitmap: UInt64 = showsBacking || header.backingName == nil ? 0 : 0xFFFF_FFFF
        while guest < range.upperBound {
            let table = try writableTable(of: guest)
            let rest = geometry.clusterCount(range.upperBound - guest)
            let place = try mapRun(guest, table, limit: min(rest, geometry.tableEntryCount), bitmap)
            let host = place.offset..<place.offset + place.clusterCount << UInt64(geometry.clusterBits)
            try fill(host, kind)
            guest += host.length
        }
    }

    private func mapRun(
        _ guest: UInt64, _ table: UInt64, limit: UInt64, _ bitmap: UInt64
    ) throws(BlockError) -> Place {
        let inTable = geometry.tableEntryCount - geometry.clusterIndex(guest % geometry.tableReach)
        var place = Place(offset: guest, clusterCount: min(limit, inTable), isFresh: true)
        if dataFile == nil { place = try allocate(1...place.clusterCount) }
        if !place.isFresh {
            try zeroFile(place.offset..<place.offset + place.clusterCount << UInt64(geometry.clusterBits))
        }
        for number in 0..<place.clusterCount {
            let offset = number << UInt64(geometry.clusterBits)
            let position = entryPosition(table, guest + offset)
            let old = try entry(at: position)
            try setEntry(Qcow2Entry(word: (place.offset + offset) | Qcow2Entry.copied, bitmap: bitmap), at: position)
            release(old)
        }
        return place
    }

    private func fill(_ range: Range<UInt64>, _ kind: Qcow2CreateOptions.Preallocation) throws(BlockError) {
        let node = dataFile ?? file
        let range = range.lowerBound..<min(range.upperBound, node.byteCount)
        isUnsettled = true
        if kind == .falloc, let node = node as? FileNode, try node.reserve(range) { return }
        guard kind != .metadata else { return }
        let zeros = [UInt8](repeating: 0, count: Int(min(range.length, 1 << 20)))
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = Int(min(UInt64(zeros.count), range.upperBound - offset))
            try unsafe node.write(zeros.span.bytes.extracting(0..<count), at: offset)
            offset += UInt64(count)
        }
    }
}
