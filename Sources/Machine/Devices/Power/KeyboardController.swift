// SPDX-License-Identifier: Apache-2.0

/// The reset line of the i8042 keyboard controller at ports 0x60 and 0x64; there is no keyboard, and it says so.
///
/// Everything reads as ones, the mark of an absent controller, so that a driver's probe gives up after a few reads.
/// Called on vCPUs' threads with the bus lock held.
package final class KeyboardController: ByteRegisters, SavableDevice {
    /// Ports from 0x60 to 0x64. Those between are not the controller's; port 0x61 belongs to the timer in the kernel.
    package static let portCount: UInt64 = 5

    /// Offsets from port 0x60.
    private enum Port {
        static let data: UInt64 = 0
        static let command: UInt64 = 4
    }

    /// Pulses the line that resets the processors.
    private static let pulseReset: UInt8 = 0xFE
    private static let inputFull: UInt8 = 1 << 1

    package let stateName = "i8042"
    private let requestReset: () -> Void
    private var wasStatusRead = false

    /// `requestReset` is called on the writing vCPU's thread; it must not block.
    package init(requestReset: @escaping () -> Void) {
        self.requestReset = requestReset
    }

    package var state: KeyboardControllerState {
        var state = KeyboardControllerState()
        state.wasStatusRead = wasStatusRead
        return state
    }

    package func restore(_ state: KeyboardControllerState) throws(StateError) {
        wasStatusRead = state.wasStatusRead
    }

    /// Returns to power on.
    package func reset() {
        wasStatusRead = false
    }

    package func readByte(at offset: UInt64) -> UInt8 {
        let isRepeated = wasStatusRead
        wasStatusRead = offset == Port.command
        // A probe reads status and data in turn. Who reads the status twice in a row waits to send a command, which a
        // kernel about to reset does 65,536 times.
        return wasStatusRead && isRepeated ? ~Self.inputFull : 0xFF
    }

    package func writeByte(_ value: UInt8, at offset: UInt64) {
        wasStatusRead = false
        if offset == Port.command && value == Self.pulseReset { requestReset() }
    }
}
