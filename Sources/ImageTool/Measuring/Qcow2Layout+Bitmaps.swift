// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

extension Qcow2Layout {
    /// Bytes that the bitmaps of an image would take here at most: every bit stored, tables and directory included.
    func bitmapByteCount(of image: Qcow2Image) -> UInt64 {
        var sum: UInt64 = 0
        var directory: UInt64 = 0
        for bitmap in image.bitmaps {
            let bits = (image.byteCount + bitmap.granularity - 1) / bitmap.granularity
            let clusters = aligned((bits + 7) / 8, to: clusterByteCount) / clusterByteCount
            sum += clusters * clusterByteCount + aligned(clusters * 8, to: clusterByteCount)
            directory += aligned(24 + UInt64(bitmap.name.utf8.count), to: 8)
        }
        return sum + aligned(directory, to: clusterByteCount)
    }
}
