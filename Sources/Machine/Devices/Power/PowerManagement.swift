// SPDX-License-Identifier: Apache-2.0

/// ACPI's fixed hardware (ACPI 6.5, section 4.8): PM1 events and control, the PM timer and general-purpose event
/// block 0, at offsets from the PM base (port 0x600).
///
/// Called with the bus lock held: the registers on vCPUs' threads, the buttons and events on the control thread.
package final class PowerManagement: BusDevice, SavableDevice {
    /// Ports that the device occupies, from the PM base.
    package static let portCount: UInt64 = 0x30
    /// Events of the general-purpose block: a byte of status, a byte of enable. A guest clears them one by one at boot, an exit each.
    package static let generalEventCount = 8

    /// Blocks of registers, by offset from the PM base.
    package enum Block {
        package static let event: UInt64 = 0x00
        package static let control: UInt64 = 0x04
        package static let timer: UInt64 = 0x08
        package static let generalEvent: UInt64 = 0x20
    }

    /// Bits of the PM1 status and enable registers.
    enum PowerEvent {
        static let powerButton: UInt16 = 1 << 8
        /// Nothing but the power button ever happens.
        static let statusMask = powerButton
        /// Timer, global lock, power and sleep button, RTC: a driver that enables one reads it back.
        static let enableMask: UInt16 = 0x0721
    }

    /// Bits of the PM1 control register.
    enum Control {
        static let sciEnabled: UInt16 = 1 << 0
        static let sleepEnable: UInt16 = 1 << 13
        static let sleepTypeMask: UInt16 = 0x1C00
        /// The sleep type of S5, which `_S5_` names.
        static let softOff: UInt16 = 0
        /// Bus master reload and the sleep type.
        static let storedMask: UInt16 = sleepTypeMask | 1 << 1
    }

    /// Ticks of the PM timer in a second.
    package static let timerFrequency: UInt64 = 3_579_545

    package let stateName = "pm"
    let powerOff: () -> Void
    var registers = PowerManagementState()
    private let sci: any InterruptLine
    private var isSCIHigh = false
    private let nanoseconds: () -> UInt64
    private let timerMask: UInt32
    /// What the count was at nanosecond 0 of the host's clock.
    private var timerOffset: UInt32 = 0

    /// Makes the block at power on.
    ///
    /// - Parameters:
    ///   - sci: The wire of the system control interrupt, level-triggered.
    ///   - isTimer32Bit: Whether the timer has 32 bits (the FADT's TMR_VAL_EXT) or 24.
    ///   - nanoseconds: A clock that never goes back; called with the bus lock held.
    ///   - powerOff: Called on a vCPU's thread when the guest enters S5. It must not block.
    package init(
        sci: any InterruptLine, isTimer32Bit: Bool = false, nanoseconds: @escaping () -> UInt64,
        powerOff: @escaping () -> Void
    ) {
        self.sci = sci
        self.nanoseconds = nanoseconds
        self.powerOff = powerOff
        timerMask = isTimer32Bit ? .max : 0xFF_FFFF
        timerOffset = 0 &- ticks
    }

    package var state: PowerManagementState {
        var state = registers
        state.timer = timerCount
        return state
    }

    package func restore(_ state: PowerManagementState) throws(StateError) {
        try state.validate()
        registers = state
        timerOffset = state.timer &- ticks
        isSCIHigh = hasInterrupt
        sci.set(isSCIHigh)
    }

    /// Returns to power on. The timer runs on.
    package func reset() {
        registers = PowerManagementState()
        updateInterrupt()
    }

    /// Presses the power button: the guest's operating system is asked to shut down.
    package func pressPowerButton() {
        registers.status |= PowerEvent.powerButton
        updateInterrupt()
    }

    /// Raises a general-purpose event, below `generalEventCount`; the guest's AML handles it as `_L` or `_E`.
    package func raiseGeneralEvent(_ number: Int) {
        precondition((0..<Self.generalEventCount).contains(number), "general-purpose events are 0 to 7")
        registers.generalStatus |= 1 << UInt8(number)
        updateInterrupt()
    }

    /// The timer as the guest reads it.
    var timerCount: UInt32 { (timerOffset &+ ticks) & timerMask }

    func updateInterrupt() {
        let isHigh = hasInterrupt
        guard isHigh != isSCIHigh else { return }
        isSCIHigh = isHigh
        sci.set(isHigh)
    }

    private var hasInterrupt: Bool {
        registers.status & registers.enable != 0 || registers.generalStatus & registers.generalEnable != 0
    }

    /// The host's clock in ticks of the timer, the low 32 bits.
    private var ticks: UInt32 {
        let product = nanoseconds().multipliedFullWidth(by: Self.timerFrequency)
        // The high half is below the frequency and so below the divisor: the quotient fits.
        let quotient = (1_000_000_000 as UInt64).dividingFullWidth((product.high, product.low)).quotient
        return UInt32(truncatingIfNeeded: quotient)
    }
}
