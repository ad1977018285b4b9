// SPDX-License-Identifier: Apache-2.0

/// A block device's queue while the driver uses it. Belongs to the device's thread.
final class BlockQueue {
    var ring: Virtqueue
    /// Chains wait, but every slot was taken.
    var isStarved = false

    init(ring: consuming Virtqueue) { self.ring = ring }
}
