// SPDX-License-Identifier: Apache-2.0

/// The host's end of the line; for the control thread, with the bus lock held.
extension Serial16550 {
    /// Whether the port can take bytes from the host. It turns false when the queue is full and true again once the
    /// guest has read half of it; leave the host's descriptor alone meanwhile.
    package var wantsInput: Bool { !isInputHeld }

    /// Bytes that `receive(_:)` would accept now.
    package var inputRoom: Int { input.room }

    /// Hands over bytes from the host, and returns how many were taken: the first ones, at most `inputRoom`.
    package func receive(_ bytes: some Collection<UInt8>) -> Int {
        let accepted = input.append(bytes)
        refill()
        if input.room == 0 { isInputHeld = true }
        updateLine()
        return accepted
    }

    /// Bytes that the guest has written and nobody has discarded.
    package var pendingOutputByteCount: Int { output.count }

    /// The first bytes of what the guest has written. They stay until `discardOutput(_:)`, so that what a descriptor
    /// does not take, or what was never written when the state is saved, is not lost.
    package func pendingOutput(maximum: Int) -> [UInt8] { output.prefix(maximum) }

    /// Drops the first `byteCount` bytes of the output, and lets the guest write on.
    package func discardOutput(_ byteCount: Int) {
        let wasBusy = isTransmitterBusy
        output.removeFirst(byteCount)
        if wasBusy && !isTransmitterBusy { registers.isTransmitInterruptPending = true }
        updateLine()
    }

    /// Takes all output at once.
    package func takeOutput() -> [UInt8] {
        let bytes = output.bytes
        discardOutput(bytes.count)
        return bytes
    }

    /// Moves waiting input to where the guest reads it. In loopback the line is cut.
    func refill() {
        let capacity = isFIFOEnabled ? Self.fifoByteCount : 1
        while !isLoopback, received.count < capacity, let byte = input.popFirst() { _ = received.append(byte) }
        guard isInputHeld, input.count <= Self.inputLimit / 2 else { return }
        isInputHeld = false
        inputWanted()
    }

    /// Whether the guest has to wait. A driver that sees an empty transmitter may write a whole FIFO at once.
    var isTransmitterBusy: Bool { output.room < Self.fifoByteCount }
}
