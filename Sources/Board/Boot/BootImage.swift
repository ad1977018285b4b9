// SPDX-License-Identifier: Apache-2.0

/// What starts a guest: what to copy into its RAM, and how the first processor begins.
///
/// No two segments or pieces overlap, and all lie within low RAM; the loader has checked it.
package struct BootImage: Equatable, Sendable {
    /// Which loader made it.
    package enum Format: String, Sendable {
        /// Linux's boot protocol by its 64-bit entry.
        case bzImage = "bzImage"
        /// An ELF file with the note of PVH.
        case pvh = "PVH"
        /// An ELF file with a multiboot header, version 1.
        case multiboot = "multiboot"
    }

    /// Which loader made it.
    package let format: Format
    /// The parts of the files to read straight into RAM.
    package let segments: [FileSegment]
    /// The bytes to copy into RAM.
    package let pieces: [MemoryPiece]
    /// The first processor's registers.
    package let entry: ProcessorState

    package init(format: Format, segments: [FileSegment], pieces: [MemoryPiece], entry: ProcessorState) {
        self.format = format
        self.segments = segments
        self.pieces = pieces
        self.entry = entry
    }
}
