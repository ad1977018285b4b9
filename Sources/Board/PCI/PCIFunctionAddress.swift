// SPDX-License-Identifier: Apache-2.0

/// The place of a PCI function in segment 0.
package struct PCIFunctionAddress: Hashable, Sendable, CustomStringConvertible {
    /// 0 to 255.
    package let bus: UInt8
    /// 0 to 31.
    package let device: UInt8
    /// 0 to 7.
    package let function: UInt8

    /// The host bridge: 00:00.0.
    package static let hostBridge = PCIFunctionAddress(device: 0)
    /// The LPC bridge: 00:1f.0.
    package static let lpcBridge = PCIFunctionAddress(device: 0x1f)
    /// The devices of bus 0 that are free for the machine's functions.
    package static let freeDevices: ClosedRange<UInt8> = 0x01...0x1e

    /// `device` must be below 32 and `function` below 8.
    package init(bus: UInt8 = 0, device: UInt8, function: UInt8 = 0) {
        precondition(device < 32 && function < 8, "a bus has 32 devices with 8 functions each")
        self.bus = bus
        self.device = device
        self.function = function
    }

    /// The function and the register that an offset into `AddressMap.configurationSpace` names (PCIe 5.0 §7.2.2).
    ///
    /// Bits above the window's 28 are ignored; the register is 0 to 4095.
    package static func decode(offset: UInt64) -> (function: PCIFunctionAddress, register: Int) {
        let function = PCIFunctionAddress(
            bus: UInt8(truncatingIfNeeded: offset >> 20), device: UInt8(offset >> 15 & 0x1f),
            function: UInt8(offset >> 12 & 0x7))
        return (function, Int(offset & 0xfff))
    }

    /// The function and the register (a multiple of 4, 0 to 252) that the index port of mechanism 1 names
    /// (PCI 3.0 §3.2.2.3.2); `nil` where its enable bit is clear.
    package static func decode(configurationAddress: UInt32) -> (function: PCIFunctionAddress, register: Int)? {
        guard configurationAddress & 1 << 31 != 0 else { return nil }
        let function = PCIFunctionAddress(
            bus: UInt8(truncatingIfNeeded: configurationAddress >> 16),
            device: UInt8(configurationAddress >> 11 & 0x1f), function: UInt8(configurationAddress >> 8 & 0x7))
        return (function, Int(configurationAddress & 0xfc))
    }

    package var description: String {
        func digits(_ value: UInt8) -> String { (value < 16 ? "0" : "") + String(value, radix: 16) }
        return "\(digits(bus)):\(digits(device)).\(function)"
    }
}
