// SPDX-License-Identifier: Apache-2.0

/// What an entry of a bitmap's table stands for (qcow2 specification, "Bitmap table").
enum Qcow2BitmapCluster: Equatable {
    case clear, set
    /// The bits are in the cluster at this offset.
    case stored(UInt64)

    static let allSet: UInt64 = 1

    /// Reads and checks an entry.
    ///
    /// - Parameter place: Where in the file the entry is.
    init(
        _ word: UInt64, _ geometry: Qcow2Geometry, fileByteCount: UInt64, namedAt place: UInt64
    ) throws(BlockError) {
        let offset = word & Qcow2Entry.offsetMask
        guard word & ~Qcow2Entry.offsetMask == 0 || word == Self.allSet else {
            throw .corrupt("an entry of a bitmap's table has reserved bits", fileOffset: place)
        }
        guard geometry.inCluster(offset) == 0, offset < fileByteCount else {
            throw .corrupt("a bitmap's cluster cannot lie at \(offset)", fileOffset: place)
        }
        self = word == 0 ? .clear : word == Self.allSet ? .set : .stored(offset)
    }
}
