// SPDX-License-Identifier: Apache-2.0

/// A disk in a qcow2 image of version 2 or 3, over the node of its file, a backing node and a node of its data file.
///
/// Who opens the chain reads the header first (`Qcow2Header`), opens what it names as far as that is allowed, and hands
/// it over. What a header names is never opened here.
///
/// Metadata are kept in memory and written at a flush or when they have no more room, so that at every moment the file
/// is right, with lost clusters at the worst: data and reference counts, a barrier, L2 tables, a barrier, the L1 table;
/// clusters are given back only after what named them is durable. A flush takes two barriers where clusters were
/// allocated in tables that exist, and one where none were. One thread calls at a time.
///
/// `close()` must be called, or a flush, before the image is let go; with lazy refcounts only `close()` leaves it clean.
package final class Qcow2Image: BlockNode {
    /// How much of the tables may be in memory.
    package struct CacheSizes: Sendable {
        package var tableByteCount = 32 << 20
        package var refcountByteCount = 1 << 20
        package init() {}
    }

    let file: any BlockNode
    package let backing: (any BlockNode)?
    let dataFile: (any BlockNode)?
    package let isReadOnly: Bool
    package internal(set) var header: Qcow2Header
    package let geometry: Qcow2Geometry
    package internal(set) var snapshots: [Qcow2Snapshot] = []
    /// The dirty bitmaps that the image keeps, inconsistent ones too.
    package internal(set) var bitmaps: [Qcow2Bitmap] = []

    /// The active L1 table.
    var directory: PointerTable
    var refcountTable: PointerTable
    /// L2 tables, in slices.
    var tables: SliceCache
    /// Refcount blocks, in slices.
    var blocks: SliceCache
    /// Where L2 tables and refcount blocks begin, so that no guest's data are written over them.
    var metadataClusters: Set<UInt64> = []
    /// What was written since the last barrier.
    var isUnsettled = false
    /// References that end once what named them is durable: cluster number, and how many.
    var pendingFrees: [UInt64: UInt64] = [:]
    /// The first cluster that may be free.
    var freeHint: UInt64 = 0
    /// Whether `prepareToModify()` has done its work.
    var isPrepared = false
    /// The cluster that was decompressed last, by where its bytes lie.
    var decompressed: (range: Range<UInt64>, bytes: [UInt8])?
    /// Room after the last compressed cluster that the next may begin in.
    var compressedTail: Range<UInt64>?
    /// The reference counts in memory are a copy, which the header does not name yet.
    var isSwitching = false
    /// Metadata turned out to be wrong, or a write of them failed half-way: nothing is written any more.
    var isBroken = false
    /// Whether clusters in use have no storage in the file, once that was asked.
    var isSparse: Bool?
    /// Changes of the disk are noted in bitmaps.
    var recordsChanges = false
    /// The file says of each of those that it is in use.
    var isRecording = false
    /// Why the bitmaps could not be read, where the image was opened to be repaired.
    var bitmapDamage: BlockError?
    /// A refcount block that cannot be counts nothing, for the check to find it.
    var isChecking = false

    package var byteCount: UInt64 { header.byteCount }

    /// Takes over the nodes of an image.
    ///
    /// An image that was not closed, or that is known to be corrupt, may be read; `repairing` admits it for writing.
    package init(
        file: any BlockNode, backing: (any BlockNode)? = nil, dataFile: (any BlockNode)? = nil, isReadOnly: Bool,
        repairing: Bool = false, caches: CacheSizes = CacheSizes()
    ) throws(BlockError) {
        let header = try Qcow2Header(readingFrom: file)
        self.file = file
        self.backing = backing
        self.dataFile = dataFile
        self.isReadOnly = isReadOnly
        self.header = header
        geometry = header.geometry
        let slice = min(4096, 1 << header.clusterBits)
        tables = SliceCache(sliceByteCount: slice, byteCount: caches.tableByteCount)
        blocks = SliceCache(sliceByteCount: slice, byteCount: caches.refcountByteCount)
        directory = try PointerTable(
            readingFrom: file, at: header.directoryOffset, count: Int(header.directoryEntryCount))
        let entries = Int(header.refcountTableClusterCount) << (header.clusterBits - 3)
        refcountTable = try PointerTable(readingFrom: file, at: header.refcountTableOffset, count: entries)
        try checkNodes()
        snapshots = try readSnapshots()
        do throws(BlockError) { bitmaps = try readBitmaps() } catch {
            guard repairing else { throw error }
            bitmapDamage = error
        }
        if !isReadOnly { try open(repairing: repairing) }
    }

    private func checkNodes() throws(BlockError) {
        guard header.hasDataFile == (dataFile != nil) else {
            throw .invalid(
                header.hasDataFile
                    ? "the image keeps its data in another file, which was not given"
                    : "the image keeps its data itself, and another file was given for them")
        }
        guard backing == nil || header.backingName != nil else {
            throw .invalid("the image has no backing file, and one was given")
        }
    }

    /// What comes before the first write.
    private func open(repairing: Bool) throws(BlockError) {
        guard !file.isReadOnly, dataFile.map({ !$0.isReadOnly }) ?? true else { throw .readOnly }
        if header.features.incompatible.contains(.corrupt), !repairing {
            throw .invalid("the image is marked as corrupt: repair it, or open it for reading only")
        }
        if repairing { return }
        try indexMetadata()
        try claimBitmaps()
        if header.features.incompatible.contains(.dirty) {
            try rebuildRefcounts()
            try setDirty(false)
        }
        let unknown = header.features.autoclear.subtracting(.known)
        if !unknown.isEmpty {
            header.features.autoclear.subtract(unknown)
            try writeFeatures()
            try barrier()
        }
        try loadEnabledBitmaps()
    }

    /// Finds where the tables are, and refuses one that lies where it cannot.
    private func indexMetadata() throws(BlockError) {
        for (index, entry) in directory.entries.enumerated() where entry & Qcow2Entry.offsetMask != 0 {
            let place = directory.offset + UInt64(index * 8)
            try claim(entry & Qcow2Entry.offsetMask, "an L2 table", namedAt: place)
        }
        for (index, entry) in refcountTable.entries.enumerated() where entry != 0 {
            try claim(entry & ~511, "a refcount block", namedAt: refcountTable.offset + UInt64(index * 8))
        }
    }

    func claim(_ offset: UInt64, _ name: String, namedAt place: UInt64) throws(BlockError) {
        try checkCluster(offset, name, namedAt: place)
        guard metadataClusters.insert(offset).inserted, fixedTable(at: offset) == nil else {
            throw .corrupt("\(name), at \(offset), lies over other metadata", fileOffset: place)
        }
    }

    /// Refuses an offset that no cluster of the file has.
    func checkCluster(_ offset: UInt64, _ name: String, namedAt place: UInt64) throws(BlockError) {
        guard geometry.inCluster(offset) == 0 else {
            throw .corrupt("\(name) is not aligned to a cluster: \(offset)", fileOffset: place)
        }
        guard offset != 0, offset < file.byteCount else {
            throw .corrupt("\(name), at \(offset), is not in the file of \(file.byteCount) bytes", fileOffset: place)
        }
    }

    /// What of the header and the tables that are held whole lies at a cluster, if any does.
    func fixedTable(at offset: UInt64) -> String? {
        if offset < geometry.clusterSize { return "the header" }
        let cluster = offset..<offset + geometry.clusterSize
        let refcounts = UInt64(header.refcountTableClusterCount) << UInt64(geometry.clusterBits)
        if cluster.overlaps(header.refcountTableOffset..<header.refcountTableOffset + refcounts) {
            return "the refcount table"
        }
        let entries = UInt64(header.directoryEntryCount) * 8
        if entries > 0, cluster.overlaps(header.directoryOffset..<header.directoryOffset + entries) {
            return "the L1 table"
        }
        return header.snapshotCount > 0 && cluster.contains(header.snapshotsOffset) ? "the snapshot table" : nil
    }
}
