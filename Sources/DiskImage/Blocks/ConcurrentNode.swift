// SPDX-License-Identifier: Apache-2.0

/// A node that any number of threads may call at once, as long as nobody changes its size.
package protocol ConcurrentNode: BlockNode {
    /// Whether it is so: a node over another one is what that one is.
    var takesConcurrentCalls: Bool { get }
    /// Fills the whole span where that needs no wait for storage; false, with the span undefined, where it does or where
    /// nobody can tell.
    func readResident(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) -> Bool
}
