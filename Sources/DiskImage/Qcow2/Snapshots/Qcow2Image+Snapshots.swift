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
        try flush()
        let kept = directory.entries.map { $0 & ~Qcow2Entry.copied }
        try retain(kept)
        let offset = try writeDirectory(kept)
        try restoreCopiedFlags()
        let snapshot = Qcow2Snapshot(
            directoryOffset: offset, directoryEntryCount: UInt32(kept.count),
            identifierBytes: Array(nextIdentifier.utf8), nameBytes: Array(name.utf8), seconds: seconds,
            nanoseconds: nanoseconds, guestNanoseconds: 0,
            stateByteCount: 0, diskByteCount: byteCount, laterExtra: [])
        try replaceSnapshots(snapshots + [snapshot])
        try flush()
        return snapshot
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
        try flush()
        var entries = try entries(of: snapshot)
        try retain(entries)
        let count = max(entries.count, Int(clamping: geometry.directoryEntryCount(size)))
        guard count * 8 <= Int(Qcow2Limits.directoryByteCount) else {
            throw .corrupt("a snapshot's L1 table would have \(count) entries", fileOffset: header.snapshotsOffset)
        }
        entries += [UInt64](repeating: 0, count: count - entries.count)
        let old = directory
        let offset = try writeDirectory(entries)
        try switchDirectory(to: PointerTable(entries: entries, offset: offset), byteCount: size)
        for word in old.entries { metadataClusters.remove(word & Qcow2Entry.offsetMask) }
        for word in entries where word != 0 { metadataClusters.insert(word & Qcow2Entry.offsetMask) }
        try releaseReferences(old.entries)
        free(old.offset..<old.offset + UInt64(old.entries.count * 8))
        try restoreCopiedFlags()
        try flush()
    }

    /// Ends a snapshot and gives back what it alone has kept.
    package func deleteSnapshot(_ text: String) throws(BlockError) {
        try prepareForSnapshots()
        let snapshot = try found(text)
        try flush()
        let entries = try entries(of: snapshot)
        try replaceSnapshots(snapshots.filter { $0 != snapshot })
        try releaseReferences(entries)
        let clusters = max(1, geometry.clusterCount(UInt64(entries.count * 8)))
        free(snapshot.directoryOffset..<snapshot.directoryOffset + clusters * geometry.clusterSize)
        try applyFrees()
        try restoreCopiedFlags()
        try flush()
    }
}
