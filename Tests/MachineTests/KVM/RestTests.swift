// SPDX-License-Identifier: Apache-2.0
import Glibc
import Host
import Synchronization
import Testing

@testable import Machine

/// What holds once the vCPUs rest.
@Suite("vCPUs at rest", .enabled(if: GuestRun.isPossible, "/dev/kvm cannot be opened here"), .serialized)
struct RestTests {
    private static let probePort: UInt16 = 0x0e0

    /// A port whose read asks the vCPU to rest before it has answered.
    private final class RestingPort: BusDevice {
        private let gate: Gate
        let isRead = Semaphore()

        init(_ gate: Gate) { self.gate = gate }

        func read(at offset: UInt64, width: AccessWidth) -> UInt64 {
            gate.set(.closed)
            isRead.signal()
            return 0x5a
        }

        func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) {}
    }

    @Test("a vCPU that is to rest in the middle of a port access finishes it before its registers are read")
    func settles() throws {
        // mov dx, port; mov al, 0; in al, dx; jmp $
        let read: [UInt8] = [0x66, 0xba, UInt8(Self.probePort & 0xff), UInt8(Self.probePort >> 8), 0xb0, 0, 0xec]
        let run = try GuestRun(read + [0xeb, 0xfe], isPaused: true)
        let port = RestingPort(run.machine.gate)
        run.machine.bus.ports.insert(port, at: UInt64(Self.probePort), byteCount: 1)

        run.machine.resume()
        port.isRead.wait()
        run.machine.pause()

        let registers = try run.machine.processors[0].cpu.registers()
        #expect(registers.general.first { $0.0 == "rax" }.map { $0.1 & 0xff } == 0x5a)
        let code = try run.machine.memory.read(
            at: GuestAddress(registers.codeBase &+ registers.instruction), count: 2)
        #expect(code == [0xeb, 0xfe], "behind the access")
    }

    @Test("a port write that KVM keeps until the next exit is made before a vCPU rests, and so before a reset")
    func keptWrites() throws {
        // Index 0x50 to the clock, a mark in memory, and no further exit.
        let mark = GuestAddress(0x20_0000)
        // mov byte [0x200000], 1; jmp $
        let sign: [UInt8] = [0xc6, 0x05, 0, 0, 0x20, 0, 1, 0xeb, 0xfe]
        let run = try GuestRun(TinyGuest.out(0x50, port: 0x70) + sign)
        let clock = run.machine.board.clock
        while try run.machine.memory.load(UInt8.self, at: mark) != 1 { sched_yield() }

        run.machine.pause()
        #expect(clock.state.index == 0x50)
        try run.machine.reset()
        #expect(clock.state.index == 0)
    }

    @Test("an event is delivered once until the next reset, and never after it")
    func relay() throws {
        let run = try GuestRun([0xeb, 0xfe])
        let mailbox = try Mailbox()
        let relay = EventRelay(mailbox)
        relay.machine = run.machine

        for _ in 0..<3 { relay.post(.poweredOff) }
        relay.post(.resetRequested)
        mailbox.drain()
        #expect(run.takeEvents().map { "\($0)" } == ["poweredOff", "resetRequested"])
        relay.post(.poweredOff)
        mailbox.drain()
        #expect(run.takeEvents().isEmpty, "asked already")

        relay.post(.panicked)
        relay.reset()
        mailbox.drain()
        #expect(run.takeEvents().isEmpty, "asked before the reset")

        relay.post(.poweredOff)
        relay.post(.panicked)
        mailbox.drain()
        #expect(run.takeEvents().count == 2)
    }
}
