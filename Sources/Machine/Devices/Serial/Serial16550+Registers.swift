// SPDX-License-Identifier: Apache-2.0

/// The guest's side: PC16550D, section 8.
extension Serial16550 {
    package func readByte(at offset: UInt64) -> UInt8 {
        switch offset {
        case SerialRegister.data where isDivisorLatched: UInt8(truncatingIfNeeded: registers.divisor)
        case SerialRegister.interruptEnable where isDivisorLatched: UInt8(registers.divisor >> 8)
        case SerialRegister.data: takeReceived()
        case SerialRegister.interruptEnable: registers.interruptEnable
        case SerialRegister.identification: takeIdentification()
        case SerialRegister.lineControl: registers.lineControl
        case SerialRegister.modemControl: registers.modemControl
        case SerialRegister.lineStatus: takeLineStatus()
        case SerialRegister.modemStatus: takeModemStatus()
        case SerialRegister.scratch: registers.scratch
        default: 0xFF
        }
    }

    package func writeByte(_ value: UInt8, at offset: UInt64) {
        switch offset {
        case SerialRegister.data where isDivisorLatched:
            registers.divisor = registers.divisor & 0xFF00 | UInt16(value)
        case SerialRegister.interruptEnable where isDivisorLatched:
            registers.divisor = registers.divisor & 0x00FF | UInt16(value) << 8
        case SerialRegister.data: transmit(value)
        case SerialRegister.interruptEnable: enableInterrupts(value)
        case SerialRegister.identification: controlFIFOs(value)
        case SerialRegister.lineControl: registers.lineControl = value
        case SerialRegister.modemControl: controlModem(value)
        case SerialRegister.scratch: registers.scratch = value
        default: break
        }
    }

    var isFIFOEnabled: Bool { registers.fifoControl & SerialRegister.FIFO.enable != 0 }
    var isLoopback: Bool { registers.modemControl & SerialRegister.Modem.loopback != 0 }
    private var isDivisorLatched: Bool { registers.lineControl & SerialRegister.LineControl.divisorLatch != 0 }

    private func takeReceived() -> UInt8 {
        guard let byte = received.popFirst() else { return 0 }
        refill()
        updateLine()
        return byte
    }

    private func takeIdentification() -> UInt8 {
        let cause = cause
        if cause == SerialRegister.Identification.transmitterEmpty {
            registers.isTransmitInterruptPending = false
            updateLine()
        }
        return cause | (isFIFOEnabled ? SerialRegister.Identification.fifosEnabled : 0)
    }

    private func takeLineStatus() -> UInt8 {
        var status = registers.lineErrors
        if !received.isEmpty { status |= SerialRegister.LineStatus.received }
        if !isTransmitterBusy { status |= SerialRegister.LineStatus.transmitterEmpty }
        registers.lineErrors = 0
        updateLine()
        return status
    }

    private func takeModemStatus() -> UInt8 {
        let status = modemLevels(for: registers.modemControl) | registers.modemChanges
        registers.modemChanges = 0
        updateLine()
        return status
    }

    private func transmit(_ byte: UInt8) {
        if isLoopback {
            let capacity = isFIFOEnabled ? Self.fifoByteCount : 1
            if received.count >= capacity {
                registers.lineErrors |= SerialRegister.LineStatus.overrun
            } else {
                _ = received.append(byte)
            }
        } else {
            let wasEmpty = output.isEmpty
            // A driver that writes into a busy transmitter loses the byte, as on the real chip.
            if output.append(byte), wasEmpty { outputAvailable() }
        }
        registers.isTransmitInterruptPending = !isTransmitterBusy
        updateLine()
    }

    private func enableInterrupts(_ value: UInt8) {
        let bit = SerialRegister.Enable.transmitterEmpty
        if (value ^ registers.interruptEnable) & bit != 0 {
            // Enabling this interrupt while the transmitter is empty raises it: drivers start to send that way.
            registers.isTransmitInterruptPending = value & bit != 0 && !isTransmitterBusy
        }
        registers.interruptEnable = value & SerialRegister.Enable.mask
        updateLine()
    }

    private func controlFIFOs(_ value: UInt8) {
        let isEnabled = value & SerialRegister.FIFO.enable != 0
        let isToggled = isEnabled != isFIFOEnabled
        registers.fifoControl = isEnabled ? value & (SerialRegister.FIFO.enable | SerialRegister.FIFO.triggerMask) : 0
        if isToggled || isEnabled && value & SerialRegister.FIFO.clearReceiver != 0 { received.removeAll() }
        refill()
        updateLine()
    }

    private func controlModem(_ value: UInt8) {
        let before = modemLevels(for: registers.modemControl)
        registers.modemControl = value & SerialRegister.Modem.controlMask
        let after = modemLevels(for: registers.modemControl)
        // The ring indicator counts when it falls, the other three when they change.
        let changed = (before ^ after) & 0xB0 | before & ~after & 0x40
        registers.modemChanges |= changed >> 4
        refill()
        updateLine()
    }

    /// The high half of the modem status. In loopback the modem's outputs are wired to its inputs.
    private func modemLevels(for control: UInt8) -> UInt8 {
        guard control & SerialRegister.Modem.loopback != 0 else { return SerialRegister.Modem.connected }
        let clearToSend = (control & 0x02) << 3
        let dataSetReady = (control & 0x01) << 5
        let ringAndCarrier = (control & 0x0C) << 4
        return clearToSend | dataSetReady | ringAndCarrier
    }
}

/// The interrupt: PC16550D, section 8.5.
extension Serial16550 {
    var hasInterrupt: Bool { cause != SerialRegister.Identification.nothing }

    func updateLine() {
        let isHigh = hasInterrupt
        guard isHigh != isLineHigh else { return }
        isLineHigh = isHigh
        line.set(isHigh)
    }

    /// The enabled condition of the highest priority, as the identification register tells it.
    private var cause: UInt8 {
        let enabled = registers.interruptEnable
        if enabled & SerialRegister.Enable.lineStatus != 0, registers.lineErrors != 0 {
            return SerialRegister.Identification.lineStatus
        }
        if enabled & SerialRegister.Enable.received != 0, !received.isEmpty {
            // The line is infinitely fast, so the pause after which a part-filled FIFO speaks up has always passed.
            let isTimeout = isFIFOEnabled && received.count < triggerLevel
            return isTimeout ? SerialRegister.Identification.receiveTimeout : SerialRegister.Identification.received
        }
        if enabled & SerialRegister.Enable.transmitterEmpty != 0, registers.isTransmitInterruptPending {
            return SerialRegister.Identification.transmitterEmpty
        }
        if enabled & SerialRegister.Enable.modemStatus != 0, registers.modemChanges != 0 {
            return SerialRegister.Identification.modemStatus
        }
        return SerialRegister.Identification.nothing
    }

    private var triggerLevel: Int {
        switch registers.fifoControl & SerialRegister.FIFO.triggerMask {
        case 0x00: 1
        case 0x40: 4
        case 0x80: 8
        default: 14
        }
    }
}
