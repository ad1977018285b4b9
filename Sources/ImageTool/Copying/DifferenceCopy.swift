// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Copies into an image that lies over another one what that one does not show already.
struct DifferenceCopy {
    /// An image that is read, and what a problem calls it.
    struct Side {
        let node: any BlockNode
        let path: String
    }

    private static let chunkByteCount: UInt64 = 1 << 20
    private let source: Side
    /// What the target shows where it has nothing itself; nothing reads as zeros.
    private let below: Side?
    private let target: Side
    /// The target's unit of allocation: a piece of it is written whole or not at all.
    private let unit: UInt64
    /// Whether the target lies over `below` already: then zeros that it is asked for hide what is there.
    private let liesOver: Bool
    /// The target again where it is to be compressed; then every step begins with a unit.
    private let compressed: Qcow2Image?
    private let chunk: UInt64
    private var buffers: [BlockBuffer]

    init(
        from source: Side, over below: Side?, to target: Side, unit: UInt64, liesOver: Bool,
        compressed: Qcow2Image? = nil
    ) {
        self.source = source
        self.below = below
        self.target = target
        self.unit = unit
        self.liesOver = liesOver
        self.compressed = compressed
        chunk = max(unit, Self.chunkByteCount)
        buffers = [BlockBuffer(capacity: Int(chunk)), BlockBuffer(capacity: Int(chunk))]
    }

    /// Goes from an offset on, at most to a limit.
    mutating func step(at offset: UInt64, limit: UInt64) throws(ToolProblem) -> ImagePass.Piece {
        let (isZero, zeroEnd) = try bothAreZero(offset, limit)
        let wholeEnd = zeroEnd == limit ? zeroEnd : zeroEnd / unit * unit
        if isZero, wholeEnd > offset { return .init(end: wholeEnd) }
        // To the end of a unit, so that each is written at once.
        let end = min(limit, offset / chunk * chunk + chunk)
        let count = Int(end - offset)
        do { try buffers[0].fill(from: source.node, at: offset, count: count) } catch {
            throw ToolProblem(source.path, error)
        }
        try fillBelow(at: offset, count)
        do { try write(count, at: offset) } catch { throw ToolProblem(target.path, error) }
        return .init(end: end, movedByteCount: UInt64(count))
    }

    /// Whether both sides say that they have zeros, and how far.
    private func bothAreZero(_ offset: UInt64, _ limit: UInt64) throws(ToolProblem) -> (Bool, UInt64) {
        let first: BlockExtent
        do { first = try source.node.extent(at: offset, limit: limit) } catch { throw ToolProblem(source.path, error) }
        guard first.isZero else { return (false, offset) }
        guard let below, offset < below.node.byteCount else { return (true, first.range.upperBound) }
        do {
            let end = min(first.range.upperBound, below.node.byteCount)
            let second = try below.node.extent(at: offset, limit: end)
            return (second.isZero, second.range.upperBound)
        } catch {
            throw ToolProblem(below.path, error)
        }
    }

    /// What is below; zeros behind its end.
    private mutating func fillBelow(at offset: UInt64, _ count: Int) throws(ToolProblem) {
        buffers[1].fill(with: 0, count: count)
        guard let below, offset < below.node.byteCount else { return }
        let present = Int(min(UInt64(count), below.node.byteCount - offset))
        do { try buffers[1].fill(0..<present, from: below.node, at: offset) } catch {
            throw ToolProblem(below.path, error)
        }
    }

    private func write(_ count: Int, at offset: UInt64) throws(BlockError) {
        var start = 0
        while start < count {
            let end = min(count, start + Int(unit - (offset + UInt64(start)) % unit))
            if !buffers[0].hasSameBytes(as: buffers[1], in: start..<end) {
                if liesOver, buffers[0].isZero(start..<end) {
                    try target.node.writeZeroes(offset + UInt64(start)..<offset + UInt64(end), mayUnmap: true)
                } else if let compressed {
                    try compressed.writeCompressed(buffers[0].bytes(start..<end), at: offset + UInt64(start))
                } else {
                    try buffers[0].write(start..<end, to: target.node, at: offset + UInt64(start))
                }
            }
            start = end
        }
    }
}
