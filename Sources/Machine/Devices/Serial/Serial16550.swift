// SPDX-License-Identifier: Apache-2.0

/// A PC16550D serial port whose line is infinitely fast: a byte leaves as soon as it is written.
///
/// All of it is called with the machine's bus lock held: the registers by vCPUs' threads, the rest by the control
/// thread. No call blocks. What the guest writes waits in a bounded buffer until the control thread takes it; while
/// the buffer is nearly full the transmitter says that it is busy, as a slow line's would.
package final class Serial16550: ByteRegisters, SavableDevice {
    /// Ports that the device occupies, from 0x3F8 for COM1.
    package static let portCount: UInt64 = 8
    /// Bytes that each FIFO holds.
    package static let fifoByteCount = 16
    /// Bytes from the host that may wait behind the receive FIFO.
    package static let inputLimit = 4096
    /// Bytes from the guest that may wait for the control thread.
    package static let outputLimit = 64 << 10

    package let stateName: String
    /// Called on a vCPU's thread when output waits that did not before. It must not block or call the device.
    package var outputAvailable: () -> Void = {}
    /// Called on a vCPU's thread when `wantsInput` turns true again. It must not block or call the device.
    package var inputWanted: () -> Void = {}

    let line: any InterruptLine
    var isLineHigh = false
    var registers = Serial16550State()
    /// The state's three queues while the device runs; in `registers` they are empty.
    var received = BoundedBytes(limit: fifoByteCount)
    var input = BoundedBytes(limit: inputLimit)
    var output = BoundedBytes(limit: outputLimit)
    var isInputHeld = false

    /// Makes a port at power on that drives `line`, and is called `name` in saved states.
    package init(name: String, line: any InterruptLine) {
        stateName = name
        self.line = line
    }

    package var state: Serial16550State {
        var state = registers
        state.received = received.bytes
        state.input = input.bytes
        state.output = output.bytes
        return state
    }

    package func restore(_ state: Serial16550State) throws(StateError) {
        try state.validate()
        registers = state
        received.bytes = state.received
        input.bytes = state.input
        output.bytes = state.output
        registers.received = []
        registers.input = []
        registers.output = []
        isInputHeld = input.count > Self.inputLimit / 2
        isLineHigh = hasInterrupt
        line.set(isLineHigh)
        if !output.isEmpty { outputAvailable() }
    }

    /// Returns to power on. What waits on the way to the host or from it stays: a reset is no reason to lose a
    /// guest's last words.
    package func reset() {
        registers = Serial16550State()
        received.removeAll()
        refill()
        updateLine()
    }
}
