// SPDX-License-Identifier: Apache-2.0

extension Qcow2Header {
    /// Refuses tables that are too large, not aligned, outside of the file, or over each other.
    func checkTables(fileByteCount: UInt64) throws(BlockError) {
        let geometry = geometry
        try checkSizes(geometry)
        let tables: [(name: String, offset: UInt64, byteCount: UInt64, field: UInt64)] = [
            ("the refcount table", refcountTableOffset, UInt64(refcountTableClusterCount) << UInt64(clusterBits), 48),
            ("the L1 table", directoryOffset, UInt64(directoryEntryCount) * 8, 40),
            ("the snapshot table", snapshotsOffset, snapshotCount == 0 ? 0 : 1, 64),
        ]
        var taken = [("the header", 0..<geometry.clusterSize)]
        for table in tables where table.byteCount > 0 {
            let (end, overflow) = table.offset.addingReportingOverflow(table.byteCount)
            guard !overflow, geometry.inCluster(table.offset) == 0 else {
                throw .corrupt("\(table.name) is not aligned to a cluster: \(table.offset)", fileOffset: table.field)
            }
            guard end <= max(fileByteCount, Self.reach(fileByteCount, geometry)) else {
                throw .corrupt("\(table.name) ends at \(end), after the end of the file", fileOffset: table.field)
            }
            if let other = taken.first(where: { $0.1.overlaps(table.offset..<end) }) {
                throw .corrupt("\(table.name), at \(table.offset), lies over \(other.0)", fileOffset: table.field)
            }
            taken.append((table.name, table.offset..<end))
        }
    }

    /// The file's last cluster may be cut off where only zeros would follow.
    private static func reach(_ fileByteCount: UInt64, _ geometry: Qcow2Geometry) -> UInt64 {
        let (offset, overflow) = fileByteCount.addingReportingOverflow(geometry.clusterSize - 1)
        return overflow ? fileByteCount : geometry.clusterStart(offset)
    }

    private func checkSizes(_ geometry: Qcow2Geometry) throws(BlockError) {
        let directory = UInt64(directoryEntryCount) * 8
        guard directory <= Qcow2Limits.directoryByteCount else {
            throw .corrupt("the L1 table has \(directory) bytes; it has at most 32 MiB", fileOffset: 36)
        }
        guard geometry.directoryEntryCount(byteCount) <= UInt64(directoryEntryCount) else {
            throw .corrupt(
                "an L1 table of \(directoryEntryCount) entries cannot map a disk of \(byteCount) bytes", fileOffset: 36)
        }
        guard byteCount <= UInt64(Int64.max) else {
            throw .corrupt("no disk has \(byteCount) bytes", fileOffset: 24)
        }
        guard refcountTableClusterCount > 0 else {
            throw .corrupt("the image has no refcount table", fileOffset: 56)
        }
        let table = UInt64(refcountTableClusterCount) << UInt64(clusterBits)
        guard table <= Qcow2Limits.refcountTableByteCount else {
            throw .corrupt("the refcount table has \(table) bytes; it has at most 8 MiB", fileOffset: 56)
        }
        guard snapshotCount <= Qcow2Limits.snapshotCount else {
            throw .corrupt("the image has \(snapshotCount) snapshots; it has at most 65536", fileOffset: 60)
        }
    }
}
