// SPDX-License-Identifier: Apache-2.0

/// A disk's contents, whatever keeps them: a file, a block device, an image in a format over another node.
///
/// Nodes form the block graph: a format has below it the node of its file, and of its backing image. Offsets and counts
/// are bytes; ranges that reach over the end are refused. One thread calls at a time; a call returns when its work is
/// done, and is durable after the next `flush()`.
package protocol BlockNode: AnyObject {
    /// How many bytes the contents have now.
    var byteCount: UInt64 { get }
    var isReadOnly: Bool { get }

    /// Fills the whole span.
    func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError)
    /// Writes the whole span.
    func write(_ span: RawSpan, at offset: UInt64) throws(BlockError)
    /// Makes a range read as zeros.
    ///
    /// - Parameter mayUnmap: Whether the room it takes may be given back.
    func writeZeroes(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError)
    /// Gives the room of a range back where that is possible. What it reads afterwards is zeros or what was there.
    func discard(_ range: Range<UInt64>) throws(BlockError)
    /// Makes what returned before durable.
    func flush() throws(BlockError)
    /// Changes `byteCount`; what is new reads as zeros.
    func resize(to byteCount: UInt64) throws(BlockError)
    /// What lies at an offset below `byteCount`, and how far that goes: at least one byte, at most to `limit`.
    func extent(at offset: UInt64, limit: UInt64) throws(BlockError) -> BlockExtent
}
