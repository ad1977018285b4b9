// SPDX-License-Identifier: Apache-2.0

/// A BAR for which a PCI window has no room.
package struct BARAllocationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The size of the BAR, in bytes.
    package let byteCount: UInt64
    /// What was left of the window.
    package let window: AddressRange

    package var description: String {
        "a PCI function needs \(byteCount) bytes of addresses, and the PCI window has none left but "
            + "\(window.start.hexadecimal) to \(window.end.hexadecimal); remove devices"
    }
}
