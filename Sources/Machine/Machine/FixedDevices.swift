// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import Host
internal import Glibc

/// The devices of the board that are not on the PCI bus. Used with the bus lock held once the guest runs.
package final class FixedDevices {
    package let serial: Serial16550
    package let power: PowerManagement
    package let clock: RealTimeClock
    let keyboard: KeyboardController
    let resetControl: ResetControl
    let panic: PanicDevice?
    let debugExit: DebugExit?

    var hasPanicDevice: Bool { panic != nil }

    /// - Parameter post: Delivers an event on the control thread. Called on a vCPU's thread; it must not block.
    init(
        map: AddressMap, kvm: VirtualMachine, hasPanicDevice: Bool, hasDebugExit: Bool,
        post: @escaping @Sendable (MachineEvent) -> Void
    ) {
        serial = Serial16550(
            name: "serial0", line: KernelInterruptLine(kvm, interrupt: UInt32(FixedHardware.serialInterrupt)))
        power = PowerManagement(
            sci: KernelInterruptLine(kvm, interrupt: UInt32(FixedHardware.systemControlInterrupt)),
            nanoseconds: Self.monotonicNanoseconds, powerOff: { post(.poweredOff) })
        clock = RealTimeClock(
            line: KernelInterruptLine(kvm, interrupt: UInt32(FixedHardware.clockInterrupt)),
            memoryBelow4GiB: map.lowMemory.byteCount, memoryAbove4GiB: map.highMemory?.byteCount ?? 0,
            now: Self.secondsOfDay)
        keyboard = KeyboardController(requestReset: { post(.resetRequested) })
        resetControl = ResetControl(requestReset: { post(.resetRequested) })
        panic = hasPanicDevice ? PanicDevice(report: { if $0 == .panicked { post(.panicked) } }) : nil
        debugExit = hasDebugExit ? DebugExit(requestExit: { post(.debugExit($0)) }) : nil
    }

    /// Puts every device at its ports.
    func insert(into bus: SystemBus) {
        bus.ports.insert(serial, at: UInt64(FixedHardware.serialPort), byteCount: 8)
        bus.ports.insert(clock, at: UInt64(FixedHardware.clockPort), byteCount: 2)
        bus.ports.insert(keyboard, at: UInt64(FixedHardware.keyboardDataPort), byteCount: 1)
        // Port 0x61 in between is the timer's, in the kernel.
        bus.ports.insert(
            OffsetDevice(keyboard, by: 4), at: UInt64(FixedHardware.keyboardCommandPort), byteCount: 1)
        bus.ports.insert(
            power, at: UInt64(FixedHardware.powerManagementPort),
            byteCount: UInt64(FixedHardware.powerManagementPortCount))
        bus.ports.insert(
            ConfigurationPorts(bus: bus.pci, resetControl: resetControl),
            at: UInt64(FixedHardware.configurationAddressPort), byteCount: 8)
        if let panic { bus.ports.insert(panic, at: UInt64(FixedHardware.panicPort), byteCount: 1) }
        if let debugExit { bus.ports.insert(debugExit, at: UInt64(FixedHardware.debugExitPort), byteCount: 4) }
    }

    /// Every device back to power on; the clock goes on.
    func reset() {
        serial.reset()
        power.reset()
        clock.reset()
        keyboard.reset()
        resetControl.reset()
    }

    /// By clock_gettime, which every filter allows where there is no vDSO.
    static func secondsOfDay() -> Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec)
    }

    private static func monotonicNanoseconds() -> UInt64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }
}
