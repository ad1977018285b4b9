// SPDX-License-Identifier: Apache-2.0

/// A part of a device's range that begins some way into it.
final class OffsetDevice: BusDevice {
    private let device: any BusDevice
    private let offset: UInt64

    init(_ device: any BusDevice, by offset: UInt64) {
        self.device = device
        self.offset = offset
    }

    func read(at offset: UInt64, width: AccessWidth) -> UInt64 {
        device.read(at: self.offset + offset, width: width)
    }

    func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        device.write(value, at: self.offset + offset, width: width)
    }
}
