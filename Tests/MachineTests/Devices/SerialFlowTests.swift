// SPDX-License-Identifier: Apache-2.0
import Machine
import MachineTesting
import Testing

@Suite("Serial port's flow control")
struct SerialFlowTests {
    let wire = WireProbe()
    let port: Serial16550

    init() {
        port = Serial16550(name: "serial0", line: wire)
    }

    @Test("the owner is told once when output begins to wait")
    func outputAvailable() {
        let calls = Counter()
        port.outputAvailable = { calls.increment() }

        for byte in 1...3 as ClosedRange<UInt8> { port.setByte(0, byte) }
        #expect(calls.count == 1)
        #expect(port.pendingOutput(maximum: 2) == [1, 2])
        port.discardOutput(2)
        port.setByte(0, 4)
        #expect(calls.count == 1)
        #expect(port.takeOutput() == [3, 4])
        port.setByte(0, 5)
        #expect(calls.count == 2)
    }

    @Test("a full buffer makes the transmitter busy, and draining it raises the interrupt")
    func busyTransmitter() {
        port.setByte(1, 0x02)
        let room = Serial16550.outputLimit - Serial16550.fifoByteCount
        for _ in 0...room { port.setByte(0, 0x2A) }

        #expect(port.byte(5) == 0x00)
        #expect(!wire.isHigh)
        port.setByte(1, 0x00)
        port.setByte(1, 0x02)
        #expect(!wire.isHigh, "nothing has emptied")

        port.discardOutput(1)
        #expect(port.byte(5) == 0x60)
        #expect(wire.isHigh)
        #expect(port.byte(2) == 0x02)
    }

    @Test("a driver that ignores the busy transmitter loses bytes, and the buffer stays bounded")
    func overfilled() {
        for _ in 0..<Serial16550.outputLimit + 100 { port.setByte(0, 0x2A) }

        #expect(port.pendingOutputByteCount == Serial16550.outputLimit)
    }

    @Test("a driver that follows the interrupt loses nothing to a slow consumer", arguments: [1, 2, 3] as [UInt64])
    func nothingLost(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let sent = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var written = 0
        var taken: [UInt8] = []
        port.setByte(2, 0x01)
        port.setByte(1, 0x02)

        while taken.count < sent.count {
            for _ in 0..<600 where wire.isHigh && written < sent.count {
                guard port.byte(2) == 0xC2 else { continue }
                for byte in sent[written..<min(written + 16, sent.count)] { port.setByte(0, byte) }
                written = min(written + 16, sent.count)
            }
            let some = port.pendingOutput(maximum: Int(random.next() % 9000))
            port.discardOutput(some.count)
            taken += some
        }

        #expect(taken == sent)
    }

    @Test("input arrives whole and in order, as fast as the guest reads it")
    func inputInOrder() {
        let calls = Counter()
        port.inputWanted = { calls.increment() }
        port.setByte(2, 0x01)
        let sent = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var given = 0
        var received: [UInt8] = []

        while received.count < sent.count {
            if port.wantsInput { given += port.receive(sent[given...].prefix(1000)) }
            for _ in 0..<300 where port.byte(5) & 1 == 1 { received.append(port.byte(0)) }
        }

        #expect(received == sent)
        #expect(calls.count > 0)
    }

    @Test("a guest that never reads fills a bounded queue")
    func boundedInput() {
        let calls = Counter()
        port.inputWanted = { calls.increment() }

        #expect(port.receive([UInt8](repeating: 1, count: 1 << 20)) == Serial16550.inputLimit)
        #expect(port.inputRoom == 1, "one byte has moved to the receiver")
        #expect(port.receive([2, 3]) == 1)
        #expect(!port.wantsInput)

        while port.byte(5) & 1 == 1 { _ = port.byte(0) }
        #expect(port.wantsInput)
        #expect(calls.count == 1)
    }

    @Test("a pending transmitter interrupt and waiting bytes survive into another process")
    func restore() throws {
        port.setByte(2, 0x01)
        _ = port.receive(0..<40)
        port.setByte(0, 0x41)
        port.setByte(1, 0x02)
        let otherWire = WireProbe()
        let other = Serial16550(name: "serial0", line: otherWire)
        let calls = Counter()
        other.outputAvailable = { calls.increment() }

        try other.restore(port.state)

        #expect(otherWire.isHigh)
        #expect(calls.count == 1)
        #expect(other.byte(2) == 0xC2)
        #expect(other.takeOutput() == [0x41])
        #expect((0..<40).map { _ in other.byte(0) } == Array(0..<40))
    }

    @Test("a reset drops the registers and keeps what is on its way to the host")
    func reset() {
        port.setByte(1, 0x02)
        port.setByte(0, 0x41)

        port.reset()

        #expect(!wire.isHigh)
        #expect(port.byte(1) == 0)
        #expect(port.takeOutput() == [0x41])
    }

    @Test("the line is set only when its level changes")
    func quietLine() {
        for _ in 0..<100 { port.setByte(0, 0x41) }
        #expect(wire.callCount == 0)

        port.setByte(1, 0x02)
        for _ in 0..<100 { port.setByte(0, 0x41) }
        #expect(wire.callCount == 1)
    }
}
