// SPDX-License-Identifier: Apache-2.0

/// Which parts of a disk were written since a moment, as a dirty bitmap keeps it.
package protocol DirtyMap: AnyObject {
    /// Whether the byte at an offset is dirty, and how far that goes: at least one byte, at most to `limit`, which lies
    /// within the disk.
    func dirtyExtent(at offset: UInt64, limit: UInt64) throws(BlockError) -> (range: Range<UInt64>, isDirty: Bool)
}
