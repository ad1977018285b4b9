// SPDX-License-Identifier: Apache-2.0

/// The I/O ports and interrupt lines that never move: a part of the board's ABI.
package enum FixedHardware {
    /// The first serial port, a 16550; 8 ports.
    package static let serialPort: UInt16 = 0x3f8
    /// The interrupt line (GSI) of the first serial port.
    package static let serialInterrupt: UInt8 = 4
    /// The index port of the CMOS RAM and real-time clock; its data port follows.
    package static let clockPort: UInt16 = 0x70
    /// The interrupt line (GSI) of the real-time clock.
    package static let clockInterrupt: UInt8 = 8
    /// The keyboard controller's data port; only its reset line is there.
    package static let keyboardDataPort: UInt16 = 0x60
    /// The keyboard controller's command and status port.
    package static let keyboardCommandPort: UInt16 = 0x64

    /// The last PCI bus: there is no bridge to another. Linux looks at each of the 32 devices of every bus that the MCFG
    /// has room for, so that 256 buses would cost a guest's start 16,000 exits.
    package static let lastBus: UInt8 = 0

    /// The first port of power management; the LPC bridge's PMBASE says the same.
    package static let powerManagementPort: UInt16 = 0x600
    /// The number of ports from `powerManagementPort` that are power management's, as on ICH9.
    package static let powerManagementPortCount: UInt16 = 0x80
    /// PM1 event: a 16-bit status register and a 16-bit enable register (ACPI 6.4 §4.8.3.1).
    package static let pm1EventPort: UInt16 = 0x600
    /// The size of PM1 event, in bytes.
    package static let pm1EventByteCount: UInt8 = 4
    /// PM1 control, 16 bits (ACPI 6.4 §4.8.3.2).
    package static let pm1ControlPort: UInt16 = 0x604
    /// The size of PM1 control, in bytes.
    package static let pm1ControlByteCount: UInt8 = 2
    /// The power management timer: 24 bits at 3.579545 MHz in a 32-bit register.
    package static let pmTimerPort: UInt16 = 0x608
    /// The size of the timer's register, in bytes.
    package static let pmTimerByteCount: UInt8 = 4
    /// General-purpose events: a byte of status, then one of enable.
    package static let generalEventPort: UInt16 = 0x620
    /// The size of both general-purpose event registers, in bytes.
    package static let generalEventByteCount: UInt8 = 2
    /// The value of SLP_TYP in PM1 control that, with SLP_EN, switches the machine off (`_S5_`).
    package static let sleepTypeOff: UInt8 = 0
    /// The system control interrupt (GSI): level-triggered, active high.
    package static let systemControlInterrupt: UInt8 = 9

    /// The ports of PCI configuration mechanism 1: an index of 32 bits, then a data window of 4 ports.
    package static let configurationAddressPort: UInt16 = 0xcf8
    /// The reset control register; it lies within the configuration address port and is reached by byte accesses.
    package static let resetPort: UInt16 = 0xcf9
    /// What the FADT tells the guest to write to `resetPort`; a write with bit 2 set resets the machine.
    package static let resetValue: UInt8 = 0x06
    /// The first of fw_cfg's ports, by which firmware learns about the machine.
    package static let firmwarePort: UInt16 = 0x510
    /// The port by which a guest tells of a panic (`pvpanic`).
    package static let panicPort: UInt16 = 0x505
    /// The port by which a test guest ends the machine (`isa-debug-exit`).
    package static let debugExitPort: UInt16 = 0xf4
}
