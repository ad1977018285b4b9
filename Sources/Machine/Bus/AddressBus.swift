// SPDX-License-Identifier: Apache-2.0

/// Devices by the range of ports or addresses they answer. Calls come with the bus lock held.
package struct AddressBus {
    private var entries: [(start: UInt64, byteCount: UInt64, device: any BusDevice)] = []

    package init() {}

    /// Puts a device at a range that no other has.
    package mutating func insert(_ device: any BusDevice, at start: UInt64, byteCount: UInt64) {
        precondition(
            !entries.contains { start < $0.start + $0.byteCount && $0.start < start + byteCount },
            "two devices never answer one address")
        entries.append((start, byteCount, device))
    }

    /// Reads; `nil` where no device answers.
    package func read(at address: UInt64, width: AccessWidth) -> UInt64? {
        for entry in entries where address >= entry.start && address - entry.start < entry.byteCount {
            return entry.device.read(at: address - entry.start, width: width) & width.allOnes
        }
        return nil
    }

    /// Writes; false where no device answers.
    package func write(_ value: UInt64, at address: UInt64, width: AccessWidth) -> Bool {
        for entry in entries where address >= entry.start && address - entry.start < entry.byteCount {
            entry.device.write(value & width.allOnes, at: address - entry.start, width: width)
            return true
        }
        return false
    }
}
