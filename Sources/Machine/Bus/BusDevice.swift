// SPDX-License-Identifier: Apache-2.0

/// A device that answers accesses to a range of ports or of memory.
///
/// Called by whichever vCPU's thread made the access, with the machine's bus lock held, so a device on the
/// bus needs no lock of its own against other vCPUs. It must not block.
package protocol BusDevice: AnyObject {
    /// Returns the register at `offset` bytes into the device's range; bits above `width` are ignored.
    func read(at offset: UInt64, width: AccessWidth) -> UInt64
    /// Writes `value`, of which only `width` counts.
    func write(_ value: UInt64, at offset: UInt64, width: AccessWidth)
}
