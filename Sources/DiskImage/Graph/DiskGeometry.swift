// SPDX-License-Identifier: Apache-2.0

/// What a disk tells the guest of itself. All sizes are bytes.
package struct DiskGeometry: Equatable, Sendable {
    /// A multiple of 512.
    package let byteCount: UInt64
    /// The smallest unit the host's storage addresses.
    package let logicalBlockSize: UInt32
    /// The smallest unit it writes without reading first.
    package let physicalBlockSize: UInt32
    /// What a discard should begin and end at.
    package let discardByteCount: UInt32
    package let isReadOnly: Bool

    package init(
        byteCount: UInt64, logicalBlockSize: UInt32, physicalBlockSize: UInt32, discardByteCount: UInt32,
        isReadOnly: Bool
    ) {
        self.byteCount = byteCount
        self.logicalBlockSize = logicalBlockSize
        self.physicalBlockSize = physicalBlockSize
        self.discardByteCount = discardByteCount
        self.isReadOnly = isReadOnly
    }
}

extension RawImage {
    package var geometry: DiskGeometry {
        DiskGeometry(
            byteCount: byteCount, logicalBlockSize: logicalBlockSize, physicalBlockSize: physicalBlockSize,
            discardByteCount: logicalBlockSize, isReadOnly: isReadOnly)
    }
}

extension ImageChain {
    /// Sectors of 512 bytes; a last part of one is not the guest's.
    package var geometry: DiskGeometry {
        DiskGeometry(
            byteCount: byteCount & ~511, logicalBlockSize: 512, physicalBlockSize: 4096,
            discardByteCount: UInt32(discardByteCount), isReadOnly: isReadOnly)
    }
}
