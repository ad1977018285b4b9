// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// The bytes of a new overlay: some pages, and zeros between them. Every clone of a folder has the same.
struct CloneContents {
    private static let pageByteCount = 4096
    private let byteCount: UInt64
    private let pages: [(offset: UInt64, bytes: [UInt8])]

    /// Reads them from an overlay.
    init(of node: FileNode) throws(BlockError) {
        byteCount = node.byteCount
        var pages: [(offset: UInt64, bytes: [UInt8])] = []
        var walk = ExtentWalk(of: node)
        while let extent = try walk.next() {
            if !extent.isZero { try Self.read(extent.range, of: node, into: &pages) }
        }
        self.pages = pages
    }

    private static func read(
        _ range: Range<UInt64>, of node: FileNode, into pages: inout [(offset: UInt64, bytes: [UInt8])]
    ) throws(BlockError) {
        for offset in stride(from: range.lowerBound, to: range.upperBound, by: pageByteCount) {
            let count = Int(min(UInt64(pageByteCount), range.upperBound - offset))
            let bytes = try node.bytes(at: offset, count: count)
            if unsafe !bytes.span.bytes.isZero { pages.append((offset, bytes)) }
        }
    }

    /// Makes an empty file the same.
    func write(to node: FileNode) throws(BlockError) {
        try node.resize(to: byteCount)
        for page in pages { try node.write(page.bytes, at: page.offset) }
    }
}
