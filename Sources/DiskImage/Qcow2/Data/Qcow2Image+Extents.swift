// SPDX-License-Identifier: Apache-2.0

/// Where the disk's bytes are kept, as `map` tells it.
extension Qcow2Image {
    package func extent(at offset: UInt64, limit: UInt64) throws(BlockError) -> BlockExtent {
        guard offset < byteCount, limit > offset else {
            throw .outOfRange(offset..<max(offset, limit), byteCount: byteCount)
        }
        let run = try run(at: offset, limit: min(limit, byteCount) - offset)
        let range = offset..<offset + run.count
        switch run.mapping {
        case .data(let host): return try dataExtent(range, host)
        case .zero(let host):
            return BlockExtent(range: range, isPresent: true, isZero: true, isData: false, fileOffset: host)
        case .compressed:
            return BlockExtent(range: range, isPresent: true, isZero: false, isData: true, isCompressed: true)
        case .unallocated:
            return try geometry.hasExtendedEntries ? absentSubclusters(range) : backingExtent(range)
        }
    }

    /// Clusters that lie in the file; where room was set aside beforehand, its holes read as zeros.
    private func dataExtent(_ range: Range<UInt64>, _ host: UInt64) throws(BlockError) -> BlockExtent {
        var extent = BlockExtent(range: range, isPresent: true, isZero: false, isData: true, fileOffset: host)
        guard try hasRoomSetAside() else { return extent }
        let node = dataFile ?? file
        guard host < node.byteCount else {
            extent.isZero = true
            return extent
        }
        let below = try node.extent(at: host, limit: min(host + range.length, node.byteCount))
        extent.isZero = below.isZero
        extent.range = range.lowerBound..<range.lowerBound + below.range.length
        return extent
    }

    /// Whether more clusters are in use than the file has storage for, by a tenth and by two, as QEMU decides it: only
    /// then its holes are worth looking for.
    private func hasRoomSetAside() throws(BlockError) -> Bool {
        if let known = isSparse { return known }
        guard let file = file as? FileNode else { return false }
        let real = try file.allocatedByteCount() >> UInt64(geometry.clusterBits)
        let threshold = max(real * 10 / 9, real + 2)
        var (used, index): (UInt64, UInt64) = (0, 0)
        let end = geometry.clusterCount(file.byteCount)
        while index < end, used < threshold {
            if try refcount(index) != 0 { used += 1 }
            index += 1
        }
        isSparse = used >= threshold
        return used >= threshold
    }

    /// Subclusters that are not there, in at most one cluster; that may have its place all the same.
    private func absentSubclusters(_ range: Range<UInt64>) throws(BlockError) -> BlockExtent {
        let guest = range.lowerBound
        guard let table = try table(of: guest) else {
            let reach = geometry.tableReach - guest % geometry.tableReach
            return try backingExtent(guest..<min(range.upperBound, guest + reach))
        }
        let end = min(range.upperBound, geometry.clusterStart(guest) + geometry.clusterSize)
        var extent = try backingExtent(guest..<end)
        guard extent.depth == 0, let host = hostOffset(try entry(at: entryPosition(table, guest))) else {
            return extent
        }
        extent.fileOffset = host + geometry.inCluster(guest)
        return extent
    }

    private func backingExtent(_ range: Range<UInt64>) throws(BlockError) -> BlockExtent {
        guard let backing, range.lowerBound < backing.byteCount else {
            return BlockExtent(range: range, isPresent: false, isZero: true, isData: false)
        }
        var extent = try backing.extent(at: range.lowerBound, limit: min(range.upperBound, backing.byteCount))
        extent.depth += 1
        return extent
    }
}
