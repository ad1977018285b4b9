// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// An image that was just made and is still empty.
struct MadeImage {
    let node: any BlockNode
    /// Its parameters as `create` tells them, after `fmt=`.
    let parameters: String
    /// Whether all of it reads as zeros, so that zeros need not be written.
    let readsZeros: Bool
}
