// SPDX-License-Identifier: Apache-2.0

/// Where the driver put a queue's three parts, and how far the device had got.
package struct VirtqueueLayout: Equatable, Sendable {
    /// Entries; a power of two up to 32768.
    package var size: UInt16
    package var descriptors: GuestAddress
    package var available: GuestAddress
    package var used: GuestAddress
    /// The index of the next available entry to take, and of the next used entry to fill (free running).
    package var nextAvailable: UInt16 = 0
    package var nextUsed: UInt16 = 0

    package init(size: UInt16, descriptors: GuestAddress, available: GuestAddress, used: GuestAddress) {
        self.size = size
        self.descriptors = descriptors
        self.available = available
        self.used = used
    }
}
