// SPDX-License-Identifier: Apache-2.0
internal import Board

/// The memory-mapped configuration space (PCI Express 5.0 §7.2.2): 4 KiB for each function.
package final class EnhancedConfiguration: BusDevice {
    private let bus: PCIBus

    package init(bus: PCIBus) {
        self.bus = bus
    }

    package func read(at offset: UInt64, width: AccessWidth) -> UInt64 {
        guard let (device, register) = target(offset), width != .quad else { return width.allOnes }
        let value = bus.readConfiguration(device, at: register, byteCount: Int(width.rawValue))
        return UInt64(value) & width.allOnes
    }

    package func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        guard let (device, register) = target(offset), width != .quad else { return }
        bus.writeConfiguration(
            device, UInt32(truncatingIfNeeded: value), at: register, byteCount: Int(width.rawValue))
    }

    /// The device and register that an offset means; `nil` for another bus, another function or what is not there.
    private func target(_ offset: UInt64) -> (device: Int, register: Int)? {
        // Bus in bits 20 and up, device in 15 to 19, function in 12 to 14.
        let register = Int(offset & 0xfff)
        // No function of the board has a PCI Express capability, so none has more than the conventional space; a guest
        // that reads ones behind it looks for no extended capability.
        guard offset >> 20 == 0, (offset >> 12) & 7 == 0, register < PCIConfigurationSpace.byteCount else { return nil }
        return (Int(offset >> 15) & 31, register)
    }
}
