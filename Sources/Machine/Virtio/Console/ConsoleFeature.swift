// SPDX-License-Identifier: Apache-2.0

/// Feature bits of a console device (virtio 1.2 §5.3.3).
package enum ConsoleFeature {
    /// The configuration structure tells the terminal's size.
    package static let size: UInt64 = 1 << 0
    package static let multiplePorts: UInt64 = 1 << 1
}
