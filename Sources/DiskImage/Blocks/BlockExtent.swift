// SPDX-License-Identifier: Apache-2.0

/// A range of a node whose bytes are kept in one way, as `map` and NBD's `base:allocation` tell it.
package struct BlockExtent: Equatable, Sendable {
    /// The first byte, and one past the last.
    package var range: Range<UInt64>
    /// How many backing images lie above the one that keeps it; 0 for the node itself.
    package var depth: Int
    /// Something in the chain keeps it, if only as zeros; otherwise it reads as zeros because nobody does.
    package var isPresent: Bool
    /// It reads as zeros.
    package var isZero: Bool
    /// It has room of its own in a file.
    package var isData: Bool
    package var isCompressed: Bool
    /// Where it begins in the file of the image that keeps it, where it lies there as it is.
    package var fileOffset: UInt64?

    package init(
        range: Range<UInt64>, depth: Int = 0, isPresent: Bool, isZero: Bool, isData: Bool, isCompressed: Bool = false,
        fileOffset: UInt64? = nil
    ) {
        self.range = range
        self.depth = depth
        self.isPresent = isPresent
        self.isZero = isZero
        self.isData = isData
        self.isCompressed = isCompressed
        self.fileOffset = fileOffset
    }
}
