// SPDX-License-Identifier: Apache-2.0

/// What a `Serial16550` carries to another process.
package struct Serial16550State: DeviceState {
    /// 9600 baud. The divisor has no effect.
    package var divisor: UInt16 = 12
    package var interruptEnable: UInt8 = 0
    package var fifoControl: UInt8 = 0
    package var lineControl: UInt8 = 0
    package var modemControl: UInt8 = 0
    /// The error bits of the line status that nobody has read yet.
    package var lineErrors: UInt8 = 0
    /// The low half of the modem status: what has changed since it was read.
    package var modemChanges: UInt8 = 0
    package var scratch: UInt8 = 0
    /// The transmitter has emptied and the driver has not been told. A driver waits for this interrupt for ever.
    package var isTransmitInterruptPending = false
    /// What the guest can read, at most 16 bytes.
    package var received: [UInt8] = []
    /// What waits behind it.
    package var input: [UInt8] = []
    /// What the guest has written and nobody has taken.
    package var output: [UInt8] = []

    package init() {}

    package static let fields: [StateField<Self>] = [
        StateField(1, \.divisor), StateField(2, \.interruptEnable), StateField(3, \.fifoControl),
        StateField(4, \.lineControl), StateField(5, \.modemControl), StateField(6, \.lineErrors),
        StateField(7, \.modemChanges), StateField(8, \.scratch), StateField(9, \.isTransmitInterruptPending),
        StateField(10, \.received, maximum: Serial16550.fifoByteCount),
        StateField(11, \.input, maximum: Serial16550.inputLimit),
        StateField(12, \.output, maximum: Serial16550.outputLimit),
    ]

    /// Throws where a register holds bits it does not have.
    func validate() throws(StateError) {
        let registers: [(id: UInt16, value: UInt8, mask: UInt8)] = [
            (2, interruptEnable, 0x0F), (3, fifoControl, 0xC1), (5, modemControl, 0x1F), (6, lineErrors, 0x1E),
            (7, modemChanges, 0x0F),
        ]
        for register in registers where register.value & ~register.mask != 0 {
            throw .invalidValue(id: register.id)
        }
    }
}
