// SPDX-License-Identifier: Apache-2.0
import Machine
import MachineTesting
import Testing

@Suite("Serial port")
struct Serial16550Tests {
    let wire = WireProbe()
    let port: Serial16550

    init() {
        port = Serial16550(name: "serial0", line: wire)
    }

    @Test("at power on the line is idle, the modem connected, no interrupt pending")
    func powerOn() {
        let registers = (1...7).map { port.byte($0) }

        #expect(registers == [0x00, 0x01, 0x00, 0x00, 0x60, 0xB0, 0x00])
        #expect(!wire.isHigh)
    }

    @Test("Linux's probe finds a 16550A")
    func autoconfiguration() {
        port.setByte(1, 0x00)
        #expect(port.byte(1) & 0x0F == 0x00)
        port.setByte(1, 0xFF)
        #expect(port.byte(1) == 0x0F, "the four upper enable bits do not exist")
        port.setByte(1, 0x00)

        port.setByte(4, 0x10 | 0x0A)
        #expect(port.byte(6) & 0xF0 == 0x90, "loopback shows request-to-send and output 2")
        port.setByte(4, 0x00)

        port.setByte(3, 0xBF)
        port.setByte(2, 0x00)
        port.setByte(3, 0x00)
        port.setByte(2, 0x01)
        #expect(port.byte(2) >> 6 == 3, "both FIFO bits tell a 16550A")
        port.setByte(3, 0x80)
        #expect(port.byte(2) != 0, "there is no enhanced feature register")
        port.setByte(3, 0x00)
        port.setByte(7, 0xA5)
        #expect(port.byte(7) == 0xA5)
    }

    @Test("the divisor hides data and interrupt enable behind the latch bit")
    func divisorLatch() {
        port.setByte(3, 0x83)
        port.setByte(0, 0x34)
        port.setByte(1, 0x12)
        #expect([port.byte(0), port.byte(1)] == [0x34, 0x12])

        port.setByte(3, 0x03)
        #expect([port.byte(0), port.byte(1)] == [0x00, 0x00])
        #expect(port.takeOutput().isEmpty)
    }

    @Test("enabling the transmitter's interrupt raises it, identifying it takes it back")
    func transmitterInterrupt() {
        port.setByte(1, 0x02)
        #expect(wire.isHigh)
        #expect(port.byte(2) == 0x02)
        #expect(!wire.isHigh)
        #expect(port.byte(2) == 0x01)

        port.setByte(0, 0x41)
        #expect(wire.isHigh, "the byte has left at once")
        #expect(port.byte(2) == 0x02)
        port.setByte(1, 0x00)
        port.setByte(1, 0x02)
        #expect(wire.isHigh, "enabling again raises it again")
    }

    @Test("interrupts are told in their order: line status, received data, transmitter, modem")
    func priorities() {
        port.setByte(2, 0x01)
        port.setByte(4, 0x10)
        _ = port.byte(6)
        for byte in 0..<17 as Range<UInt8> { port.setByte(0, byte) }
        port.setByte(4, 0x12)
        port.setByte(1, 0x0F)

        #expect(port.byte(2) == 0xC6)
        #expect(port.byte(5) == 0x63, "overrun, data and an empty transmitter")
        #expect(port.byte(5) == 0x61, "reading has cleared the overrun")
        #expect(port.byte(2) == 0xC4)
        #expect((0..<16).map { _ in port.byte(0) } == Array(0..<16))
        #expect(port.byte(2) == 0xC2)
        #expect(port.byte(2) == 0xC0)
        #expect(port.byte(6) == 0x11, "clear-to-send is set and has changed")
        #expect(port.byte(2) == 0xC1)
        #expect(!wire.isHigh)
    }

    @Test(
        "a FIFO below its trigger level reports a time-out",
        arguments: zip([0x01, 0x41, 0x81, 0xC1], [1, 4, 8, 14]))
    func triggerLevel(control: Int, level: Int) {
        port.setByte(2, UInt8(control))
        port.setByte(1, 0x01)

        let causes = (1...16).map { _ in
            _ = port.receive([0])
            return port.byte(2)
        }

        #expect(causes == (1...16).map { $0 < level ? 0xCC : 0xC4 })
        #expect(wire.isHigh)
    }

    @Test("without FIFOs one byte is read at a time and the others wait")
    func holdingRegister() {
        port.setByte(1, 0x01)
        #expect(port.receive([1, 2, 3]) == 3)

        #expect((0..<3).map { _ in port.byte(0) } == [1, 2, 3])
        #expect(!wire.isHigh)
        #expect(port.byte(5) == 0x60)
        #expect(port.byte(0) == 0)
    }

    @Test("clearing the receiver drops what is in the FIFO and keeps what waits behind it")
    func clearReceiver() {
        port.setByte(2, 0x01)
        _ = port.receive(0..<20)

        port.setByte(2, 0x03)

        #expect((0..<4).map { _ in port.byte(0) } == [16, 17, 18, 19])
        #expect(port.byte(5) == 0x60)
    }

    @Test("in loopback the line is cut on both sides")
    func loopback() {
        port.setByte(4, 0x10)
        #expect(port.receive([9]) == 1)
        #expect(port.byte(5) == 0x60)
        port.setByte(0, 0x55)
        #expect(port.byte(0) == 0x55)
        #expect(port.takeOutput().isEmpty)

        port.setByte(4, 0x00)
        #expect(port.byte(0) == 9)
    }

    @Test(
        "loopback wires each modem output to its input",
        arguments: [(0x01, 0x20), (0x02, 0x10), (0x04, 0x40), (0x08, 0x80)])
    func modemMirror(output: Int, input: Int) {
        port.setByte(4, 0x10)
        _ = port.byte(6)

        port.setByte(4, 0x10 | UInt8(output))
        let raised = port.byte(6)
        port.setByte(4, 0x10)
        let lowered = port.byte(6)

        let change = UInt8(input >> 4)
        #expect(raised == UInt8(input) | (output == 0x04 ? 0 : change))
        #expect(lowered == change)
    }

    @Test("a wide access is one access per byte")
    func wideAccess() {
        port.write(0x0341, at: 0, width: .word)
        #expect(port.takeOutput() == [0x41])
        #expect(port.read(at: 0, width: .long) >> 8 & 0xFF == 0x03)
        #expect(port.read(at: 8, width: .quad) == .max)
    }
}
