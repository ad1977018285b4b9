// SPDX-License-Identifier: Apache-2.0

/// Feature bits that belong to no device type (virtio 1.2 §6).
package enum VirtioFeature {
    package static let indirectDescriptors: UInt64 = 1 << 28
    package static let eventIndex: UInt64 = 1 << 29
    package static let version1: UInt64 = 1 << 32
    /// What every device of Apus offers.
    package static let common = indirectDescriptors | eventIndex | version1
}
