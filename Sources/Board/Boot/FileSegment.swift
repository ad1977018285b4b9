// SPDX-License-Identifier: Apache-2.0

/// A part of a file that belongs into the guest's RAM.
package struct FileSegment: Equatable, Sendable {
    /// The file that it comes from.
    package enum Source: Sendable {
        case kernel
        case initrd
    }

    /// The file that it comes from.
    package let source: Source
    /// Where it begins in the file, in bytes.
    package let fileOffset: UInt64
    /// How many bytes of the file it has; may be 0.
    package let byteCount: UInt64
    /// Where its first byte belongs.
    package let guestAddress: UInt64
    /// How many bytes after the file's must read as zero. Fresh RAM does; RAM after a reset must be cleared.
    package let zeroByteCount: UInt64

    package init(
        source: Source, fileOffset: UInt64, byteCount: UInt64, guestAddress: UInt64, zeroByteCount: UInt64 = 0
    ) {
        self.source = source
        self.fileOffset = fileOffset
        self.byteCount = byteCount
        self.guestAddress = guestAddress
        self.zeroByteCount = zeroByteCount
    }

    /// The addresses that it takes, those of its zeroes included.
    package var range: AddressRange {
        AddressRange(start: guestAddress, byteCount: byteCount + zeroByteCount)
    }
}
