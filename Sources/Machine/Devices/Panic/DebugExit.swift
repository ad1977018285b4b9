// SPDX-License-Identifier: Apache-2.0

/// The isa-debug-exit device at port 0xF4: a guest under test ends the process with an exit code of its own.
///
/// Called on vCPUs' threads with the bus lock held.
package final class DebugExit: BusDevice, SavableDevice {
    /// Ports that the device occupies, from 0xF4.
    package static let portCount: UInt64 = 4

    package let stateName = "debug-exit"
    private let requestExit: (UInt8) -> Void

    /// `requestExit` gets the exit code, which is never 0, on the writing vCPU's thread; it must not block.
    package init(requestExit: @escaping (UInt8) -> Void) {
        self.requestExit = requestExit
    }

    package var state: NoState { NoState() }

    package func restore(_ state: NoState) throws(StateError) {}

    package func read(at offset: UInt64, width: AccessWidth) -> UInt64 { width.allOnes }

    /// A write of `value` at any of the ports asks for the code `value * 2 + 1`, cut to a byte.
    package func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        guard offset < Self.portCount else { return }
        requestExit(UInt8(truncatingIfNeeded: (value & width.allOnes) << 1 | 1))
    }
}
