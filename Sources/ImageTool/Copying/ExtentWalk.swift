// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// A node's extents in their order, each as long as it can be: neighbours that are kept in one way come as one.
struct ExtentWalk {
    private let node: any BlockNode
    private let end: UInt64
    private var offset: UInt64
    private var waiting: BlockExtent?

    init(of node: any BlockNode, from start: UInt64 = 0, length: UInt64? = nil) {
        self.node = node
        offset = min(start, node.byteCount)
        end = offset + min(length ?? .max, node.byteCount - offset)
    }

    mutating func next() throws(BlockError) -> BlockExtent? {
        while offset < end {
            let extent = try node.extent(at: offset, limit: end)
            guard extent.range.lowerBound == offset, extent.range.upperBound > offset, extent.range.upperBound <= end
            else { throw .invalid("an extent at \(offset) that is not one: \(extent.range)") }
            offset = extent.range.upperBound
            guard let before = waiting else {
                waiting = extent
                continue
            }
            if let joined = before.joined(with: extent) {
                waiting = joined
            } else {
                waiting = extent
                return before
            }
        }
        defer { waiting = nil }
        return waiting
    }
}

extension BlockExtent {
    /// This and the one that follows as one; `nil` where they are kept in different ways.
    fileprivate func joined(with next: BlockExtent) -> BlockExtent? {
        guard depth == next.depth, isPresent == next.isPresent, isZero == next.isZero, isData == next.isData,
            isCompressed == next.isCompressed
        else { return nil }
        switch (fileOffset, next.fileOffset) {
        case (nil, nil): break
        case (let first?, let second?):
            guard second > first, second - first == range.upperBound - range.lowerBound else { return nil }
        default: return nil
        }
        var joined = self
        joined.range = range.lowerBound..<next.range.upperBound
        return joined
    }
}
