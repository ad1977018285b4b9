// SPDX-License-Identifier: Apache-2.0

/// New refcount blocks and a table for them, side by side after the end of a file.
struct RefcountStructures {
    struct Block {
        /// Which clusters it counts: its place in the table.
        var index: UInt64
        var offset: UInt64
    }

    private let counts: [UInt32]
    private let geometry: Qcow2Geometry
    private(set) var blocks: [Block] = []
    private(set) var tableOffset: UInt64 = 0
    private(set) var tableClusterCount: UInt64 = 0

    /// Takes how often each cluster of the file is named, without the structures.
    init(_ counts: [UInt32], _ geometry: Qcow2Geometry) {
        self.counts = counts
        self.geometry = geometry
    }

    private var firstCluster: UInt64 { UInt64(counts.count) }
    private var clusterCount: UInt64 { UInt64(blocks.count) + tableClusterCount }
    /// Where the structures end in the file.
    var end: UInt64 { geometry.offset(ofCluster: firstCluster + clusterCount) }

    /// Finds out how many blocks there must be for the contents and for the structures themselves.
    mutating func place() throws(BlockError) {
        var indices = Set<UInt64>()
        for (cluster, count) in counts.enumerated() where count > 0 {
            indices.insert(UInt64(cluster) / geometry.blockEntryCount)
        }
        while true {
            let last = (firstCluster + UInt64(indices.count) + tableClusterCount) / geometry.blockEntryCount
            let before = (indices.count, tableClusterCount)
            for index in firstCluster / geometry.blockEntryCount...last { indices.insert(index) }
            tableClusterCount = geometry.clusterCount((max(last, indices.max() ?? 0) + 1) * 8)
            if before == (indices.count, tableClusterCount) { break }
        }
        guard tableClusterCount * geometry.clusterSize <= Qcow2Limits.refcountTableByteCount else {
            throw .unsupported("the image's refcount table would have more than 8 MiB")
        }
        for (number, index) in indices.sorted().enumerated() {
            blocks.append(Block(index: index, offset: geometry.offset(ofCluster: firstCluster + UInt64(number))))
        }
        tableOffset = geometry.offset(ofCluster: firstCluster + UInt64(blocks.count))
    }

    /// The table's bytes.
    var table: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(tableClusterCount * geometry.clusterSize))
        for block in blocks { bytes.putBigEndian(block.offset, at: Int(block.index * 8)) }
        return bytes
    }

    /// A block's bytes.
    func bytes(of block: Block) throws(BlockError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(geometry.clusterSize))
        let first = block.index * geometry.blockEntryCount
        for number in 0..<geometry.blockEntryCount {
            let cluster = first + number
            guard cluster < firstCluster + clusterCount else { break }
            let count = cluster < firstCluster ? UInt64(counts[Int(cluster)]) : 1
            guard count <= geometry.maximumRefcount else {
                throw .unsupported(
                    "cluster \(cluster) has \(count) references, which \(geometry.refcountBits) bits do not hold")
            }
            if count > 0 { put(count, number, in: &bytes) }
        }
        return bytes
    }

    private func put(_ count: UInt64, _ number: UInt64, in bytes: inout [UInt8]) {
        let bit = number << UInt64(geometry.refcountOrder)
        guard geometry.refcountBits >= 8 else {
            bytes[Int(bit / 8)] |= UInt8(truncatingIfNeeded: count << (bit % 8))
            return
        }
        let width = geometry.refcountBits / 8
        for byte in 0..<width {
            bytes[Int(bit / 8) + byte] = UInt8(truncatingIfNeeded: count >> UInt64((width - 1 - byte) * 8))
        }
    }
}
