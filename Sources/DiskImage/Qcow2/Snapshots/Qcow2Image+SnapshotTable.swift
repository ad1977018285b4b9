// SPDX-License-Identifier: Apache-2.0

/// The table of the internal snapshots.
extension Qcow2Image {
    /// Reads and checks the table.
    func readSnapshots() throws(BlockError) -> [Qcow2Snapshot] {
        // Without snapshots the offset means nothing, and may be any number.
        guard header.snapshotCount > 0 else { return [] }
        var result: [Qcow2Snapshot] = []
        var position = header.snapshotsOffset
        let end = position + Qcow2Limits.snapshotTableByteCount
        for _ in 0..<header.snapshotCount {
            let item = try readSnapshot(at: position)
            result.append(item.snapshot)
            position += item.byteCount
            guard position <= end else {
                throw .corrupt("the snapshot table has more than 64 MiB", fileOffset: header.snapshotsOffset)
            }
        }
        return result
    }

    private func readSnapshot(at start: UInt64) throws(BlockError) -> (snapshot: Qcow2Snapshot, byteCount: UInt64) {
        let fixed = try snapshotBytes(at: start, count: 40)
        let extraCount = fixed.bigEndian(UInt32.self, at: 36)
        guard extraCount <= Qcow2Limits.snapshotExtraByteCount else {
            throw .corrupt("a snapshot has \(extraCount) bytes of extra data, not at most 1024", fileOffset: start + 36)
        }
        let extra = try snapshotBytes(at: start + 40, count: Int(extraCount))
        let idCount = Int(fixed.bigEndian(UInt16.self, at: 12)), nameCount = Int(fixed.bigEndian(UInt16.self, at: 14))
        let names = try snapshotBytes(at: start + 40 + UInt64(extraCount), count: idCount + nameCount)
        let state = UInt64(fixed.bigEndian(UInt32.self, at: 32))
        let snapshot = Qcow2Snapshot(
            directoryOffset: fixed.bigEndian(UInt64.self, at: 0),
            directoryEntryCount: fixed.bigEndian(UInt32.self, at: 8),
            identifierBytes: Array(names[..<idCount]), nameBytes: Array(names[idCount...]),
            seconds: fixed.bigEndian(UInt32.self, at: 16), nanoseconds: fixed.bigEndian(UInt32.self, at: 20),
            guestNanoseconds: fixed.bigEndian(UInt64.self, at: 24),
            stateByteCount: extra.count >= 8 ? extra.bigEndian(UInt64.self, at: 0) : state,
            diskByteCount: extra.count >= 16 ? extra.bigEndian(UInt64.self, at: 8) : nil,
            laterExtra: extra.count > 16 ? Array(extra[16...]) : [])
        try check(snapshot, at: start)
        return (snapshot, (40 + UInt64(extraCount) + UInt64(idCount + nameCount) + 7) & ~7)
    }

    private func snapshotBytes(at offset: UInt64, count: Int) throws(BlockError) -> [UInt8] {
        guard offset <= file.byteCount, UInt64(count) <= file.byteCount - offset else {
            throw .corrupt("the snapshot table reaches over the end of the file", fileOffset: offset)
        }
        return try file.bytes(at: offset, count: count)
    }

    private func check(_ snapshot: Qcow2Snapshot, at start: UInt64) throws(BlockError) {
        let size = UInt64(snapshot.directoryEntryCount) * 8
        guard size <= Qcow2Limits.directoryByteCount else {
            throw .corrupt("a snapshot's L1 table has \(size) bytes; it has at most 32 MiB", fileOffset: start + 8)
        }
        let offset = snapshot.directoryOffset
        guard geometry.inCluster(offset) == 0, offset < Qcow2Limits.offset, size == 0 || offset < file.byteCount else {
            throw .corrupt("a snapshot's L1 table cannot lie at \(offset)", fileOffset: start)
        }
        guard snapshot.diskByteCount ?? 0 <= UInt64(Int64.max) else {
            throw .corrupt("a snapshot's disk has \(snapshot.diskByteCount ?? 0) bytes", fileOffset: start + 48)
        }
    }

    /// The bytes of the file that the table takes.
    var snapshotTableRange: Range<UInt64> {
        let count = snapshots.reduce(0) { $0 + $1.encodedByteCount(isOld: $1.diskByteCount == nil) }
        return header.snapshotsOffset..<header.snapshotsOffset + (header.snapshotCount == 0 ? 0 : UInt64(count))
    }

    /// Writes another table, which counts after a switch; returns where.
    func writeSnapshots(_ list: [Qcow2Snapshot]) throws(BlockError) -> UInt64 {
        guard !list.isEmpty else { return 0 }
        let bytes = list.flatMap { $0.encoded() }
        guard UInt64(bytes.count) <= Qcow2Limits.snapshotTableByteCount else {
            throw .invalid("the snapshot table would have \(bytes.count) bytes; it has at most 64 MiB")
        }
        let offset = try allocate(clusterCount: geometry.clusterCount(UInt64(bytes.count))).offset
        try writeMetadata(bytes, at: offset)
        return offset
    }
}

extension Qcow2Snapshot {
    /// The bytes of its entry as it was read: an old one may lack the disk's size, which a new one has.
    func encodedByteCount(isOld: Bool) -> Int {
        let extra = isOld ? 0 : 16 + laterExtra.count
        return (40 + extra + identifierBytes.count + nameBytes.count + 7) & ~7
    }
}
