// SPDX-License-Identifier: Apache-2.0

extension Qcow2Image {
    /// Lets go of everything that the disk keeps itself: it reads as its backing image, or as zeros. Snapshots stay.
    package func empty() throws(BlockError) {
        guard dataFile == nil else { throw .unsupported("an image with a data file is not emptied") }
        try prepareToModify()
        try flush()
        let old = directory
        let entries = [UInt64](repeating: 0, count: old.entries.count)
        let offset = try writeDirectory(entries)
        try switchDirectory(to: PointerTable(entries: entries, offset: offset), byteCount: byteCount)
        for word in old.entries { metadataClusters.remove(word & Qcow2Entry.offsetMask) }
        try releaseReferences(old.entries.map { $0 & ~Qcow2Entry.copied })
        free(old.offset..<old.offset + UInt64(old.entries.count * 8))
        try flush()
    }
}
