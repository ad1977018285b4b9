// SPDX-License-Identifier: Apache-2.0

/// The reference counts as they were before all of them were copied, to go back to, and what the copy takes.
struct RefcountCopy {
    /// The table that the header still names.
    let table: PointerTable
    let tableClusterCount: UInt32
    let freeHint: UInt64
    let metadataClusters: Set<UInt64>
    let pendingFrees: [UInt64: UInt64]
    /// Where the blocks' copies lie.
    let blocks: [UInt64]
    /// Where the table's copy lies.
    let place: Range<UInt64>
    /// What only the old L1 tables name, with one reference left that ends after the switch.
    var retired = ClusterSet()
}
