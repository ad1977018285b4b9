// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// A file whose flushes are left out: for an image that is taken away again where its making fails (`cache=unsafe`).
final class UnflushedNode: BlockNode {
    private let file: any BlockNode

    init(_ file: any BlockNode) { self.file = file }

    var byteCount: UInt64 { file.byteCount }
    var isReadOnly: Bool { file.isReadOnly }

    func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        try file.read(into: &span, at: offset)
    }

    func write(_ span: RawSpan, at offset: UInt64) throws(BlockError) { try file.write(span, at: offset) }

    func writeZeroes(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) {
        try file.writeZeroes(range, mayUnmap: mayUnmap)
    }

    func discard(_ range: Range<UInt64>) throws(BlockError) { try file.discard(range) }
    func flush() throws(BlockError) {}
    func resize(to byteCount: UInt64) throws(BlockError) { try file.resize(to: byteCount) }

    func extent(at offset: UInt64, limit: UInt64) throws(BlockError) -> BlockExtent {
        try file.extent(at: offset, limit: limit)
    }
}
