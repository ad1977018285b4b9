// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Copies a node's contents into another node, and leaves out what is zero.
struct ContentCopy {
    /// Where the contents come from.
    struct Source {
        let node: any BlockNode
        let path: String
        /// Told of parts that cannot be read, and become zeros (`--salvage`); `nil` where such a part is the end.
        var salvages: ((String) -> Void)?
        /// Where the bytes of an extent lie as they are, for the kernel to copy (`-C`).
        var place: ((BlockExtent) -> (file: FileNode, offset: UInt64)?)?
    }

    /// Where the contents go.
    struct Target {
        let node: any BlockNode
        let path: String
        /// Whether it reads as zeros where nothing was written.
        let readsZeros: Bool
        /// The node again where it is to be compressed.
        var compressed: Qcow2Image?
        /// The file that has the node's bytes as they are, for the kernel to copy (`-C`).
        var file: FileNode?
    }

    static let chunkByteCount = 2 << 20
    private static let offloadByteCount: UInt64 = 64 << 20
    private static let sectorByteCount = 512
    private let source: Source
    private let target: Target
    /// How many zeros in a row are worth a hole; 0 writes every byte.
    private let sparseByteCount: Int
    private var buffer = BlockBuffer(capacity: chunkByteCount)
    /// Whether the kernel was asked to copy and could not.
    private(set) var failedToOffload = false

    init(from source: Source, to target: Target, sparseByteCount: Int) {
        self.source = source
        self.target = target
        self.sparseByteCount = sparseByteCount
    }

    /// Copies a piece from `offset` on, of at least one byte.
    mutating func step(at offset: UInt64) throws(ToolProblem) -> ImagePass.Piece {
        if let image = target.compressed { return try compress(at: offset, into: image) }
        let extent = try extent(at: offset)
        let length = extent.range.upperBound - offset
        if extent.isZero, sparseByteCount > 0 {
            let count = min(length, 1 << 30)
            do { try zero(offset..<offset + count) } catch { throw ToolProblem(target.path, error) }
            return .init(end: offset + count)
        }
        if let end = try offload(extent) { return .init(end: end, movedByteCount: end - offset) }
        let count = Int(min(length, UInt64(Self.chunkByteCount)))
        if extent.isZero { buffer.fill(with: 0, count: count) } else { try fill(at: offset, count) }
        do { try write(count, at: offset) } catch { throw ToolProblem(target.path, error) }
        return .init(end: offset + UInt64(count), movedByteCount: UInt64(count))
    }

    private func extent(at offset: UInt64) throws(ToolProblem) -> BlockExtent {
        do {
            return try source.node.extent(at: offset, limit: source.node.byteCount)
        } catch {
            guard let tell = source.salvages else { throw ToolProblem(source.path, error) }
            // What is there is not known: it is read, as far as that goes.
            let end = min(source.node.byteCount, (offset | 0xFFFF) + 1)
            tell("\(source.path): what bytes \(offset) to \(end) hold is not known: \(error)")
            return BlockExtent(range: offset..<end, isPresent: true, isZero: false, isData: true)
        }
    }

    private mutating func offload(_ extent: BlockExtent) throws(ToolProblem) -> UInt64? {
        guard !failedToOffload, !extent.isZero, let file = target.file, let place = source.place?(extent) else {
            return nil
        }
        let count = min(extent.range.length, Self.offloadByteCount)
        do {
            if try file.copy(place.offset..<place.offset + count, of: place.file, to: extent.range.lowerBound) {
                return extent.range.lowerBound + count
            }
        } catch {
            throw ToolProblem(target.path, error)
        }
        failedToOffload = true
        return nil
    }

    private mutating func fill(at offset: UInt64, _ count: Int) throws(ToolProblem) {
        do {
            try buffer.fill(from: source.node, at: offset, count: count)
        } catch {
            guard let tell = source.salvages else { throw ToolProblem(source.path, error) }
            salvage(at: offset, count, tell)
        }
    }

    /// Reads sector by sector, and puts zeros for those that cannot be read.
    private mutating func salvage(at offset: UInt64, _ count: Int, _ tell: (String) -> Void) {
        buffer.fill(with: 0, count: count)
        var lost: (start: Int, reason: BlockError)?
        func close(_ end: Int) {
            guard let lost else { return }
            let (start, end) = (offset + UInt64(lost.start), offset + UInt64(end))
            tell("\(source.path): bytes \(start) to \(end) cannot be read, zeros stand for them: \(lost.reason)")
        }
        for start in stride(from: 0, to: count, by: Self.sectorByteCount) {
            let part = start..<min(count, start + Self.sectorByteCount)
            do {
                try buffer.fill(part, from: source.node, at: offset + UInt64(start))
                close(start)
                lost = nil
            } catch {
                if lost == nil { lost = (start, error) }
            }
        }
        close(count)
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
    private mutating func compress(at offset: UInt64, into image: Qcow2Image) throws(ToolProblem) -> ImagePass.Piece {
        let byteCount = source.node.byteCount
        let cluster = image.geometry.clusterSize
        let extent = try extent(at: offset)
        let zeros = (extent.range.upperBound - offset) / cluster * cluster
        if extent.isZero, target.readsZeros, zeros > 0 || extent.range.upperBound == byteCount {
            return .init(end: zeros > 0 ? offset + zeros : extent.range.upperBound)
        }
        let count = Int(min(byteCount - offset, UInt64(Self.chunkByteCount)))
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
        return .init(end: offset + UInt64(count), movedByteCount: UInt64(count))
    }
}
