// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Copies an image's contents into another image, and leaves out what is zero.
struct ContentCopy {
    static let chunkByteCount = 2 << 20
    /// How many zeros in a row are worth a hole; 0 writes every byte.
    let sparseByteCount: Int
    /// Whether the target reads as zeros where nothing was written.
    let targetReadsZeros: Bool
    private var buffer = BlockBuffer(capacity: chunkByteCount)

    init(sparseByteCount: Int, targetReadsZeros: Bool) {
        self.sparseByteCount = sparseByteCount
        self.targetReadsZeros = targetReadsZeros
    }

    /// Copies a piece from `offset` on and returns how many bytes it was, at least 1.
    mutating func step(
        from source: OpenImage, at offset: UInt64, to target: any BlockNode, _ targetPath: String,
        at targetOffset: UInt64
    ) throws(ToolProblem) -> UInt64 {
        let extent: BlockExtent
        do { extent = try source.node.extent(at: offset, limit: source.node.byteCount) } catch {
            throw ToolProblem(source.path, error)
        }
        let length = extent.range.upperBound - offset
        if extent.isZero, sparseByteCount > 0 {
            let count = min(length, 1 << 30)
            do { try zero(target, targetOffset..<targetOffset + count) } catch { throw ToolProblem(targetPath, error) }
            return count
        }
        let count = Int(min(length, UInt64(Self.chunkByteCount)))
        if extent.isZero {
            buffer.fill(with: 0, count: count)
        } else {
            do { try buffer.fill(from: source.node, at: offset, count: count) } catch {
                throw ToolProblem(source.path, error)
            }
        }
        do { try write(count, to: target, at: targetOffset) } catch { throw ToolProblem(targetPath, error) }
        return UInt64(count)
    }

    private func write(_ count: Int, to target: any BlockNode, at offset: UInt64) throws(BlockError) {
        guard sparseByteCount > 0 else { return try buffer.write(0..<count, to: target, at: offset) }
        var start = 0
        while start < count {
            let isZero = buffer.isZero(block(start, count))
            var end = block(start, count).upperBound
            while end < count, buffer.isZero(block(end, count)) == isZero { end = block(end, count).upperBound }
            if isZero {
                try zero(target, offset + UInt64(start)..<offset + UInt64(end))
            } else {
                try buffer.write(start..<end, to: target, at: offset + UInt64(start))
            }
            start = end
        }
    }

    private func zero(_ target: any BlockNode, _ range: Range<UInt64>) throws(BlockError) {
        if !targetReadsZeros { try target.writeZeroes(range, mayUnmap: true) }
    }

    private func block(_ start: Int, _ count: Int) -> Range<Int> { start..<min(count, start + sparseByteCount) }
}
