// SPDX-License-Identifier: Apache-2.0

/// Ports 0xcf8 to 0xcff: PCI configuration mechanism 1 (PCI 3.0 §3.2.2.3.2).
package final class ConfigurationPorts: BusDevice {
    private let bus: PCIBus
    private let resetControl: any BusDevice

    /// The reset register at 0xcf9 lies within the address port and answers byte accesses.
    package init(bus: PCIBus, resetControl: any BusDevice) {
        self.bus = bus
        self.resetControl = resetControl
    }

    package func read(at offset: UInt64, width: AccessWidth) -> UInt64 {
        if offset == 0 && width == .long { return UInt64(bus.selected) }
        if offset == 1 && width == .byte { return resetControl.read(at: 0, width: .byte) }
        guard offset >= 4, let (device, register) = target(offset, width) else { return width.allOnes }
        return UInt64(bus.readConfiguration(device, at: register, byteCount: Int(width.rawValue)))
    }

    package func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        let value = UInt32(truncatingIfNeeded: value & width.allOnes)
        if offset == 0 && width == .long {
            bus.selected = value
        } else if offset == 1 && width == .byte {
            resetControl.write(UInt64(value), at: 0, width: .byte)
        } else if offset >= 4, let (device, register) = target(offset, width) {
            bus.writeConfiguration(device, value, at: register, byteCount: Int(width.rawValue))
        }
    }

    /// The device and register that are selected; `nil` for another bus, another function or a bad access.
    private func target(_ offset: UInt64, _ width: AccessWidth) -> (device: Int, register: Int)? {
        let selected = bus.selected
        guard selected & 0x8000_0000 != 0, (selected >> 16) & 0xff == 0, (selected >> 8) & 7 == 0,
            width != .quad, offset + UInt64(width.rawValue) <= 8
        else { return nil }
        return (Int(selected >> 11) & 31, Int(selected & 0xfc) + Int(offset & 3))
    }
}
