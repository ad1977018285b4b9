// SPDX-License-Identifier: Apache-2.0

/// The reset control register of Intel's south bridges at port 0xCF9 (ICH9, section 13.7.5).
///
/// Setting bit 2 resets the machine, whatever kind of reset the other bits ask for: nothing here survives one kind and
/// not another. The port lies within the PCI configuration address's four; only a byte access reaches it.
/// Called on vCPUs' threads with the bus lock held.
package final class ResetControl: ByteRegisters, SavableDevice {
    /// Ports that the device occupies, from 0xCF9.
    package static let portCount: UInt64 = 1
    private static let resetProcessors: UInt8 = 1 << 2
    /// "System reset" and "full reset", which say what kind the next reset is.
    private static let kindMask: UInt8 = 0x0A

    package let stateName = "reset"
    private let requestReset: () -> Void
    private var value: UInt8 = 0

    /// `requestReset` is called on the writing vCPU's thread; it must not block.
    package init(requestReset: @escaping () -> Void) {
        self.requestReset = requestReset
    }

    package var state: ResetControlState {
        var state = ResetControlState()
        state.value = value
        return state
    }

    package func restore(_ state: ResetControlState) throws(StateError) {
        guard state.value & ~Self.kindMask == 0 else { throw .invalidValue(id: 1) }
        value = state.value
    }

    /// Returns to power on.
    package func reset() {
        value = 0
    }

    package func readByte(at offset: UInt64) -> UInt8 { offset == 0 ? value : 0xFF }

    package func writeByte(_ value: UInt8, at offset: UInt64) {
        guard offset == 0 else { return }
        self.value = value & Self.kindMask
        if value & Self.resetProcessors != 0 { requestReset() }
    }
}
