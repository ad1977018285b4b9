// SPDX-License-Identifier: Apache-2.0

/// An access to a BAR that a guest has set up in configuration space (virtio 1.2 §4.1.4.9).
package struct VirtioConfigurationAccess: Equatable, Sendable {
    /// The BAR, 0 to 5.
    package let bar: Int
    /// The offset in the BAR; the access lies wholly within it and is aligned.
    package let offset: UInt64
    /// 1, 2 or 4.
    package let byteCount: Int

    /// Reads the capability of a function that `PCIConfigurationSpace.virtio` made.
    ///
    /// - Returns: `nil` where the guest has set up nothing that can be done.
    package init?(in space: PCIConfigurationSpace) {
        let capability = VirtioPCILayout.accessCapabilityOffset
        bar = Int(space.read(at: capability + 4, byteCount: 1))
        offset = UInt64(space.read(at: capability + 8, byteCount: 4))
        byteCount = Int(space.read(at: capability + 12, byteCount: 4))
        guard [1, 2, 4].contains(byteCount), offset % UInt64(byteCount) == 0 else { return nil }
        guard let room = space.bar(bar)?.byteCount, offset + UInt64(byteCount) <= room else { return nil }
    }
}
