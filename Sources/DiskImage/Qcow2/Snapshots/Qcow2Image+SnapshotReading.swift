// SPDX-License-Identifier: Apache-2.0

extension Qcow2Image {
    /// Shows the disk as it was when a snapshot was taken, from now on. The image must be open for reading only.
    package func show(_ snapshot: Qcow2Snapshot) throws(BlockError) {
        guard isReadOnly else {
            throw .invalid("a snapshot is looked at in an image that is opened for reading only")
        }
        let table = try PointerTable(
            readingFrom: file, at: snapshot.directoryOffset, count: Int(snapshot.directoryEntryCount))
        let size = snapshot.diskByteCount ?? byteCount
        let count = max(table.entries.count, Int(clamping: geometry.directoryEntryCount(size)))
        guard count <= Int(Qcow2Limits.directoryByteCount / 8) else {
            throw .corrupt("a snapshot's L1 table would have \(count) entries", fileOffset: header.snapshotsOffset)
        }
        let entries = table.entries + [UInt64](repeating: 0, count: count - table.entries.count)
        directory = PointerTable(entries: entries, offset: snapshot.directoryOffset)
        header.byteCount = size
    }
}
