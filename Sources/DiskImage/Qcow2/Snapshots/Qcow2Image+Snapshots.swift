// SPDX-License-Identifier: Apache-2.0

/// Internal snapshots: made, gone back to, and ended.
extension Qcow2Image {
    /// The snapshot with this identifier, or the first with this name.
    package func snapshot(_ text: String) -> Qcow2Snapshot? {
        snapshots.first { $0.identifier == text } ?? snapshots.first { $0.name == text }
    }

    /// Keeps the disk as it is now.
    ///
    /// - Parameter seconds: The time, since 1970.
    @discardableResult
    package func createSnapshot(
        name: String, seconds: UInt32, nanoseconds: UInt32 = 0
    ) throws(BlockError) -> Qcow2Snapshot {
        try prepareForSnapshots()
        guard snapshots.count < Int(Qcow2Limits.snapshotCount) else {
            throw .unsupported("the image has \(snapshots.count) snapshots, and it can have no more")
        }
        guard name.utf8.count <= Int(UInt16.max) else {
            throw .invalid("the snapshot's name has \(name.utf8.count) bytes; it has at most 65535")
        }
        var made: Qcow2Snapshot?
        try switching { copy throws(BlockError) in
            try retain(directory.entries)
            let entries = try realigned(directory.entries, referenceCount: 2, &copy)
            let snapshot = Qcow2Snapshot(
                directoryOffset: try writeTable(entries.map { $0 & ~Qcow2Entry.copied }),
                directoryEntryCount: UInt32(entries.count), identifierBytes: Array(nextIdentifier.utf8),
                nameBytes: Array(name.utf8), seconds: seconds, nanoseconds: nanoseconds, guestNanoseconds: 0,
                stateByteCount: 0, diskByteCount: byteCount, laterExtra: [])
            let list = snapshots + [snapshot]
            let table = PointerTable(entries: entries, offset: try writeTable(entries))
            try finishSwitch(copy, to: table, byteCount: byteCount, list, at: try writeSnapshots(list))
            made = snapshot
        }
        guard let made else { throw .invalid("no snapshot was made") }
        return made
    }

    /// Writes an L1 table, which counts after a switch; returns where.
    private func writeTable(_ entries: [UInt64]) throws(BlockError) -> UInt64 {
        guard !entries.isEmpty else { return 0 }
        let clusterCount = geometry.clusterCount(UInt64(entries.count * 8))
        let place = try allocate(clusterCount: clusterCount)
        let table = PointerTable(entries: entries, offset: place.offset)
        try writeMetadata(table.encoded(0..<Int(clusterCount << UInt64(geometry.clusterBits)) / 8), at: place.offset)
        return place.offset
    }

    private var nextIdentifier: String {
        let numbers = snapshots.compactMap { UInt32($0.identifier) }
        return String((numbers.max() ?? 0) &+ 1)
    }

    private func prepareForSnapshots() throws(BlockError) {
        guard dataFile == nil else { throw .unsupported("an image with a data file has no internal snapshots") }
        try prepareToModify()
    }

    private func found(_ text: String) throws(BlockError) -> Qcow2Snapshot {
        guard let snapshot = snapshot(text) else { throw .invalid("the image has no snapshot \(text)") }
        return snapshot
    }

    private func entries(of snapshot: Qcow2Snapshot) throws(BlockError) -> [UInt64] {
        let table = try PointerTable(
            readingFrom: file, at: snapshot.directoryOffset, count: Int(snapshot.directoryEntryCount))
        return table.entries.map { $0 & ~Qcow2Entry.copied }
    }

    /// Makes the disk what it was when a snapshot was taken.
    package func applySnapshot(_ text: String) throws(BlockError) {
        guard bitmaps.isEmpty else {
            throw .unsupported("the image has dirty bitmaps, which a snapshot that is gone back to would not change")
        }
        try prepareForSnapshots()
        let snapshot = try found(text)
        let size = snapshot.diskByteCount ?? byteCount
        guard size == byteCount || header.version >= 3 else {
            throw .unsupported("the disk had \(size) bytes then and has \(byteCount) now, which version 2 cannot undo")
        }
        let kept = try entries(of: snapshot)
        let count = max(kept.count, Int(clamping: geometry.directoryEntryCount(size)))
        guard count * 8 <= Int(Qcow2Limits.directoryByteCount) else {
            throw .corrupt("a snapshot's L1 table would have \(count) entries", fileOffset: header.snapshotsOffset)
        }
        try switching { copy throws(BlockError) in
            try retain(kept)
            try release(directory.entries, &copy)
            let wanted = kept + [UInt64](repeating: 0, count: count - kept.count)
            let entries = try realigned(wanted, referenceCount: 1, &copy)
            let table = PointerTable(entries: entries, offset: try writeTable(entries))
            for word in entries where word != 0 { metadataClusters.insert(word & Qcow2Entry.offsetMask) }
            try finishSwitch(copy, to: table, byteCount: size, snapshots, at: try writeSnapshots(snapshots))
        }
    }

    /// Ends a snapshot and gives back what it alone has kept.
    package func deleteSnapshot(_ text: String) throws(BlockError) {
        try prepareForSnapshots()
        let snapshot = try found(text)
        let ended = try entries(of: snapshot)
        try switching { copy throws(BlockError) in
            try release(ended, &copy)
            let entries = try realigned(directory.entries, referenceCount: 1, &copy)
            let table = PointerTable(entries: entries, offset: try writeTable(entries))
            let list = snapshots.filter { $0 != snapshot }
            try finishSwitch(copy, to: table, byteCount: byteCount, list, at: try writeSnapshots(list))
            free(snapshot.directoryOffset..<snapshot.directoryOffset + UInt64(ended.count * 8))
        }
        try flush()
    }
}
