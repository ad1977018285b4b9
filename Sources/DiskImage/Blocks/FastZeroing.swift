// SPDX-License-Identifier: Apache-2.0

/// A node that knows which zeros cost less than writing them.
package protocol FastZeroing: BlockNode {
    /// Makes a range read as zeros without writing them; false, and nothing done, where that is not possible.
    func writeZeroesFast(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) -> Bool
}
