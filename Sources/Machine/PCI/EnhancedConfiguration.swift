// SPDX-License-Identifier: Apache-2.0

/// The memory-mapped configuration space (PCI Express 5.0 §7.2.2): 4 KiB for each function.
package final class EnhancedConfiguration: BusDevice {
    private let bus: PCIBus

    package init(bus: PCIBus) {
        self.bus = bus
    }

    package func read(at offset: UInt64, width: AccessWidth) -> UInt64 {
        guard let device = device(offset), width != .quad else { return width.allOnes }
        let value = bus.readConfiguration(device, at: Int(offset & 0xfff), byteCount: Int(width.rawValue))
        return UInt64(value) & width.allOnes
    }

    package func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        guard let device = device(offset), width != .quad else { return }
        bus.writeConfiguration(
            device, UInt32(truncatingIfNeeded: value), at: Int(offset & 0xfff), byteCount: Int(width.rawValue))
    }

    private func device(_ offset: UInt64) -> Int? {
        // Bus in bits 20 and up, device in 15 to 19, function in 12 to 14.
        offset >> 20 == 0 && (offset >> 12) & 7 == 0 ? Int(offset >> 15) & 31 : nil
    }
}
