// SPDX-License-Identifier: Apache-2.0

/// The pvpanic device at port 0x505: one register, which a panicking kernel writes an event's bit to.
///
/// Called on vCPUs' threads with the bus lock held.
package final class PanicDevice: ByteRegisters, SavableDevice {
    /// Ports that the device occupies, from 0x505.
    package static let portCount: UInt64 = 1
    private static let panicked: UInt8 = 1 << 0
    private static let crashLoaded: UInt8 = 1 << 1

    package let stateName = "pvpanic"
    private let report: (PanicEvent) -> Void

    /// `report` is called on the writing vCPU's thread, which runs on afterwards; it must not block.
    package init(report: @escaping (PanicEvent) -> Void) {
        self.report = report
    }

    package var state: NoState { NoState() }

    package func restore(_ state: NoState) throws(StateError) {}

    /// The events that the device knows.
    package func readByte(at offset: UInt64) -> UInt8 {
        offset == 0 ? Self.panicked | Self.crashLoaded : 0xFF
    }

    package func writeByte(_ value: UInt8, at offset: UInt64) {
        guard offset == 0 else { return }
        if value & Self.panicked != 0 { report(.panicked) }
        if value & Self.crashLoaded != 0 { report(.crashLoaded) }
    }
}
