// SPDX-License-Identifier: Apache-2.0

/// The sizes that an image's header fixes (qcow2 specification, "Cluster mapping" and "Host cluster management").
package struct Qcow2Geometry: Equatable, Sendable {
    package let clusterBits: Int
    /// The width of a reference count is 1 << this many bits.
    package let refcountOrder: Int
    package let hasExtendedEntries: Bool

    package var clusterSize: UInt64 { 1 << UInt64(clusterBits) }
    package var refcountBits: Int { 1 << refcountOrder }
    /// Bytes of an entry of an L2 table.
    var entryByteCount: Int { hasExtendedEntries ? 16 : 8 }
    /// Entries of an L2 table.
    var tableEntryCount: UInt64 { clusterSize / UInt64(entryByteCount) }
    /// Bytes of the guest that one L2 table maps.
    var tableReach: UInt64 { tableEntryCount << UInt64(clusterBits) }
    /// Reference counts in a refcount block.
    var blockEntryCount: UInt64 { (clusterSize * 8) >> UInt64(refcountOrder) }
    /// The largest count that fits.
    var maximumRefcount: UInt64 { refcountOrder == 6 ? .max : (1 << UInt64(refcountBits)) - 1 }
    /// The unit of allocation: a cluster, or a 32nd of it.
    var subclusterBits: Int { hasExtendedEntries ? clusterBits - 5 : clusterBits }
    package var subclusterSize: UInt64 { 1 << UInt64(subclusterBits) }
    /// What an offset that lies inside of a cluster exceeds its beginning by.
    func inCluster(_ offset: UInt64) -> UInt64 { offset & (clusterSize - 1) }
    func clusterStart(_ offset: UInt64) -> UInt64 { offset & ~(clusterSize - 1) }
    func clusterIndex(_ offset: UInt64) -> UInt64 { offset >> UInt64(clusterBits) }
    func offset(ofCluster index: UInt64) -> UInt64 { index << UInt64(clusterBits) }
    /// How many clusters so many bytes take.
    func clusterCount(_ byteCount: UInt64) -> UInt64 {
        (byteCount >> UInt64(clusterBits)) + (inCluster(byteCount) == 0 ? 0 : 1)
    }
    /// Entries of the L1 table that a disk of so many bytes needs.
    func directoryEntryCount(_ byteCount: UInt64) -> UInt64 {
        byteCount / tableReach + (byteCount.isMultiple(of: tableReach) ? 0 : 1)
    }
}

/// What QEMU refuses to open, and so does this engine: every table is read or walked whole.
package enum Qcow2Limits {
    package static let directoryByteCount: UInt64 = 32 << 20
    package static let refcountTableByteCount: UInt64 = 8 << 20
    package static let snapshotCount: UInt32 = 65536
    package static let snapshotTableByteCount: UInt64 = 64 << 20
    package static let snapshotExtraByteCount: UInt32 = 1024
    package static let backingNameByteCount: UInt32 = 1023
    package static let clusterBits = 9...21
    package static let bitmapCount: UInt32 = 65535
    package static let bitmapDirectoryByteCount: UInt64 = 64 << 20
    package static let bitmapNameByteCount = 1023
    package static let bitmapGranularityBits = 9...31
    /// Bytes of the clusters of one bitmap's bits.
    package static let bitmapByteCount: UInt64 = 512 << 20
    /// Bits of all bitmaps of an image that are in memory at a time, in bytes. QEMU has no such bound.
    package static let bitmapMemoryByteCount: UInt64 = 1 << 30
    /// Entries of all tables of an image's bitmaps. QEMU has no such bound.
    package static let bitmapTableEntryCount: UInt64 = 1 << 23
    /// Offsets in the file have 56 bits in the tables.
    package static let offset: UInt64 = 1 << 56
}
