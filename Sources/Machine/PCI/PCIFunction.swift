// SPDX-License-Identifier: Apache-2.0
package import Board

/// A function on the PCI bus. All calls come with the bus lock held.
package protocol PCIFunction: AnyObject {
    var space: PCIConfigurationSpace { get }
    /// Returns `byteCount` (1, 2 or 4) bytes of configuration space at `offset`.
    func readConfiguration(at offset: Int, byteCount: Int) -> UInt32
    func writeConfiguration(_ value: UInt32, at offset: Int, byteCount: Int)
    /// Returns the register at `offset` bytes into a BAR.
    func readBAR(_ bar: Int, at offset: UInt64, width: AccessWidth) -> UInt64
    func writeBAR(_ bar: Int, _ value: UInt64, at offset: UInt64, width: AccessWidth)
    /// Back to the state at power on.
    func reset()
}
