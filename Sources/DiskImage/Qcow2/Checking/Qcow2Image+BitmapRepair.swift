// SPDX-License-Identifier: Apache-2.0

extension Qcow2Image {
    /// Ends the bitmaps that are damaged; all of them where the directory is.
    ///
    /// Nothing is allocated, because the reference counts are not right yet: the directory is written over itself.
    func repairBitmaps(without bad: Set<Int>) throws(BlockError) {
        guard bitmapDamage == nil else {
            try removeBitmapSection()
            bitmapDamage = nil
            return
        }
        guard !bad.isEmpty, let section = try bitmapSection() else { return }
        let kept = bitmaps.indices.filter { !bad.contains($0) }.map { bitmaps[$0] }
        try removeBitmapSection()
        bitmaps = []
        guard !kept.isEmpty else { return }
        let bytes = kept.flatMap { $0.entry.encoded() }
        try writeMetadata(bytes, at: section.directoryOffset)
        try barrier()
        let range = section.directoryOffset..<section.directoryOffset + UInt64(bytes.count)
        try writeBitmapSection(Qcow2BitmapSection(count: UInt32(kept.count), directory: range))
        bitmaps = try readBitmaps()
    }
}
