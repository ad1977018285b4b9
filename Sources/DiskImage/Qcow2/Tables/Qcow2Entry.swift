// SPDX-License-Identifier: Apache-2.0

/// An entry of an L2 table (qcow2 specification, "L2 table entry" and "Extended L2 Entries").
struct Qcow2Entry: Equatable {
    /// The cluster's descriptor.
    var word: UInt64
    /// The state of the 32 subclusters, where the image has them: allocated below, zero above.
    var bitmap: UInt64 = 0

    static let copied: UInt64 = 1 << 63
    static let compressed: UInt64 = 1 << 62
    static let zero: UInt64 = 1
    /// Bits 9 to 55.
    static let offsetMask: UInt64 = 0x00FF_FFFF_FFFF_FE00
    static let allZero = Qcow2Entry(word: 0, bitmap: 0xFFFF_FFFF_0000_0000)

    var isCompressed: Bool { word & Self.compressed != 0 }
    /// Its cluster belongs to nobody else.
    var isCopied: Bool { word & Self.copied != 0 }
    var hostOffset: UInt64 { word & Self.offsetMask }

    /// Where the compressed bytes begin, and how many they are at most, to the end of the last sector.
    func compressedRange(_ geometry: Qcow2Geometry) -> Range<UInt64> {
        let bits = UInt64(62 - (geometry.clusterBits - 8))
        let offset = word & ((1 << bits) - 1) & (Qcow2Limits.offset - 1)
        let sectors = (word & (Self.compressed - 1)) >> bits
        return offset..<(offset & ~511) + (sectors + 1) * 512
    }
}

/// What a piece of the guest's disk is.
enum Qcow2Mapping: Equatable {
    /// It is what the backing image has there.
    case unallocated
    /// It reads as zeros; a cluster may be set aside for it.
    case zero(host: UInt64?)
    /// It lies in the file as it is.
    case data(host: UInt64)
    /// It is a part of the cluster that these bytes hold.
    case compressed(Range<UInt64>)
}
