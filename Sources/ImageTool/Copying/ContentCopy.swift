// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Copies a node's contents into another node, and leaves out what is zero.
struct ContentCopy {
    /// Where the contents go.
    struct Target {
        let node: any BlockNode
        let path: String
        /// Whether it reads as zeros where nothing was written.
        let readsZeros: Bool
        /// The node again where it is to be compressed.
        var compressed: Qcow2Image?
    }

    static let chunkByteCount = 2 << 20
    private let source: any BlockNode
    private let sourcePath: String
    private let target: Target
    /// How many zeros in a row are worth a hole; 0 writes every byte.
    private let sparseByteCount: Int
    private var buffer = BlockBuffer(capacity: chunkByteCount)

    init(from source: any BlockNode, _ sourcePath: String, to target: Target, sparseByteCount: Int) {
        self.source = source
        self.sourcePath = sourcePath
        self.target = target
        self.sparseByteCount = sparseByteCount
    }

    /// Copies a piece from `offset` on and returns how many bytes it was, at least 1.
    mutating func step(at offset: UInt64) throws(ToolProblem) -> UInt64 {
        if let image = target.compressed { return try compress(at: offset, into: image) }
        let extent = try extent(at: offset)
        let length = extent.range.upperBound - offset
        if extent.isZero, sparseByteCount > 0 {
            let count = min(length, 1 << 30)
            do { try zero(offset..<offset + count) } catch { throw ToolProblem(target.path, error) }
            return count
        }
        let count = Int(min(length, UInt64(Self.chunkByteCount)))
        if extent.isZero { buffer.fill(with: 0, count: count) } else { try fill(at: offset, count) }
        do { try write(count, at: offset) } catch { throw ToolProblem(target.path, error) }
        return UInt64(count)
    }

    private func extent(at offset: UInt64) throws(ToolProblem) -> BlockExtent {
        do {
            return try source.extent(at: offset, limit: source.byteCount)
        } catch {
            throw ToolProblem(sourcePath, error)
        }
    }

    private mutating func fill(at offset: UInt64, _ count: Int) throws(ToolProblem) {
        do {
            try buffer.fill(from: source, at: offset, count: count)
        } catch {
            throw ToolProblem(sourcePath, error)
        }
    }

    private func write(_ count: Int, at offset: UInt64) throws(BlockError) {
        guard sparseByteCount > 0 else { return try buffer.write(0..<count, to: target.node, at: offset) }
        var start = 0
        while start < count {
            let isZero = buffer.isZero(block(start, count))
            var end = block(start, count).upperBound
            while end < count, buffer.isZero(block(end, count)) == isZero { end = block(end, count).upperBound }
            if isZero {
                try zero(offset + UInt64(start)..<offset + UInt64(end))
            } else {
                try buffer.write(start..<end, to: target.node, at: offset + UInt64(start))
            }
            start = end
        }
    }

    private func zero(_ range: Range<UInt64>) throws(BlockError) {
        if !target.readsZeros { try target.node.writeZeroes(range, mayUnmap: true) }
    }

    private func block(_ start: Int, _ count: Int) -> Range<Int> { start..<min(count, start + sparseByteCount) }

    /// Whole clusters, compressed; `offset` begins one.
    private mutating func compress(at offset: UInt64, into image: Qcow2Image) throws(ToolProblem) -> UInt64 {
        let cluster = image.geometry.clusterSize
        let extent = try extent(at: offset)
        let zeros = (extent.range.upperBound - offset) / cluster * cluster
        if extent.isZero, target.readsZeros, zeros > 0 || extent.range.upperBound == source.byteCount {
            return zeros > 0 ? zeros : extent.range.upperBound - offset
        }
        let count = Int(min(source.byteCount - offset, UInt64(Self.chunkByteCount)))
        try fill(at: offset, count)
        do {
            for start in stride(from: 0, to: count, by: Int(cluster)) {
                let range = start..<min(count, start + Int(cluster))
                if buffer.isZero(range) {
                    try zero(offset + UInt64(range.lowerBound)..<offset + UInt64(range.upperBound))
                } else {
                    try image.writeCompressed(buffer.bytes(range), at: offset + UInt64(start))
                }
            }
        } catch {
            throw ToolProblem(target.path, error)
        }
        return UInt64(count)
    }
}
