// SPDX-License-Identifier: Apache-2.0

/// A dirty bitmap that an image keeps, by its name (qcow2 specification, "Bitmaps").
package struct Qcow2Bitmap: Sendable {
    var entry: Qcow2BitmapEntry
    /// Where its entry is in the file; `nil` until the first time it is stored.
    var position: UInt64?
    /// The bits, once they were needed.
    var contents: DirtyBitmap?
    /// Its table as the file has it, once the bits were needed.
    var table: PointerTable?
    /// It has changed since it was stored, and the file says so where it has the bitmap at all.
    var isChanging = false

    package var name: String { String(decoding: entry.nameBytes, as: UTF8.self) }
    /// Bytes of the disk that a bit stands for.
    package var granularity: UInt64 { 1 << UInt64(entry.granularityBits) }
    /// Every change of the disk is recorded in it.
    package var isEnabled: Bool { entry.flags.contains(.auto) }
    /// The file says that it is in use, whoever uses it.
    package var isInUse: Bool { entry.flags.contains(.inUse) || isChanging }
    /// Who changed it last did not store it: it cannot be used, only removed.
    package var isInconsistent: Bool { entry.flags.contains(.inUse) }
    /// It has data that this engine does not know, and may be used only by who knows them.
    var isForeign: Bool { !entry.extra.isEmpty && !entry.flags.contains(.extraDataCompatible) }
    /// Its bits may be read and changed.
    package var isUsable: Bool { !isInconsistent && !isForeign }

    /// How many clusters the bits of a disk take.
    func clusterCount(_ byteCount: UInt64, _ geometry: Qcow2Geometry) -> UInt64 {
        geometry.clusterCount((DirtyBitmap.bitCount(byteCount, granularity) + 7) / 8)
    }
}
