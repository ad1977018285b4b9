// SPDX-License-Identifier: Apache-2.0

/// What the header extension of the bitmaps says (qcow2 specification, "Bitmaps extension").
struct Qcow2BitmapSection: Equatable {
    static let byteCount = 24

    var count: UInt32
    var directoryOffset: UInt64
    var directoryByteCount: UInt64

    var directory: Range<UInt64> { directoryOffset..<directoryOffset + directoryByteCount }

    init(count: UInt32, directory: Range<UInt64>) {
        self.count = count
        directoryOffset = directory.lowerBound
        directoryByteCount = directory.length
    }

    /// Reads and checks the extension.
    ///
    /// - Parameter place: Where in the file the extension begins.
    init(
        _ section: Qcow2HeaderExtension, at place: UInt64, _ geometry: Qcow2Geometry, fileByteCount: UInt64
    ) throws(BlockError) {
        guard section.bytes.count == Self.byteCount else {
            throw .corrupt("the bitmaps extension has \(section.bytes.count) bytes, not 24", fileOffset: place + 4)
        }
        count = section.bytes.bigEndian(UInt32.self, at: 0)
        directoryByteCount = section.bytes.bigEndian(UInt64.self, at: 8)
        directoryOffset = section.bytes.bigEndian(UInt64.self, at: 16)
        guard section.bytes.bigEndian(UInt32.self, at: 4) == 0 else {
            throw .corrupt("the bitmaps extension has reserved bytes that are not zero", fileOffset: place + 12)
        }
        guard (1...Qcow2Limits.bitmapCount).contains(count) else {
            throw .corrupt("the image has \(count) bitmaps, not 1 to 65535", fileOffset: place + 8)
        }
        guard directoryByteCount <= Qcow2Limits.bitmapDirectoryByteCount else {
            throw .corrupt(
                "the bitmap directory has \(directoryByteCount) bytes; it has at most 64 MiB", fileOffset: place + 16)
        }
        guard geometry.inCluster(directoryOffset) == 0, directoryOffset != 0, directoryOffset <= fileByteCount,
            directoryByteCount <= fileByteCount - directoryOffset
        else {
            throw .corrupt("the bitmap directory cannot lie at \(directoryOffset)", fileOffset: place + 24)
        }
    }

    /// The extension's bytes.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(count)
        bytes.appendBigEndian(UInt32(0))
        bytes.appendBigEndian(directoryByteCount)
        bytes.appendBigEndian(directoryOffset)
        return bytes
    }
}
