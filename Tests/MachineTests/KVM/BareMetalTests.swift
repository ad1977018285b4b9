// SPDX-License-Identifier: Apache-2.0
import Glibc
import Host
import Testing

@testable import Machine

@Suite("Bare-metal guests", .enabled(if: GuestRun.isPossible, "/dev/kvm cannot be opened here"), .serialized)
struct BareMetalTests {
    @Test("a guest ends the machine through the debug-exit port")
    func debugExit() throws {
        let run = try GuestRun(TinyGuest.exit(0x2a))

        guard case .debugExit(let code)? = try run.nextEvent() else { throw Unexpected(run.events) }
        #expect(code == 0x55)
    }

    @Test("what a guest writes to COM1 waits for the host")
    func serialOutput() throws {
        let text = Array("hello".utf8)
        let run = try GuestRun(text.flatMap { TinyGuest.out($0, port: 0x3f8) } + TinyGuest.exit(0))

        guard case .debugExit? = try run.nextEvent() else { throw Unexpected(run.events) }
        #expect(run.machine.bus.lock.holding { run.machine.board.serial.takeOutput() } == text)
    }

    @Test("the host bridge is found through the memory-mapped configuration space")
    func hostBridge() throws {
        // mov eax, [0xb0000000]; cmp eax, 0x29c08086; jne over the first exit
        let probe: [UInt8] = [0xa1, 0, 0, 0, 0xb0, 0x3d, 0x86, 0x80, 0xc0, 0x29, 0x75, UInt8(TinyGuest.exit(1).count)]
        let run = try GuestRun(probe + TinyGuest.exit(1) + TinyGuest.exit(2))

        guard case .debugExit(let code)? = try run.nextEvent() else { throw Unexpected(run.events) }
        #expect(code == 3)
    }

    @Test("an invalid instruction without handlers is a triple fault, with the registers in the report")
    func tripleFault() throws {
        // mov ebx, 0x12345678; ud2
        let run = try GuestRun([0xbb, 0x78, 0x56, 0x34, 0x12, 0x0f, 0x0b])

        guard case .failed(let processor, let failure)? = try run.nextEvent() else { throw Unexpected(run.events) }
        run.machine.pause()
        #expect(processor == 0)
        #expect(failure == .tripleFault)
        #expect(run.machine.report().contains("vCPU 0:"))
    }

    @Test("SLP_EN with the type of S5 switches the machine off")
    func powerOff() throws {
        // mov dx, 0x604; mov ax, 0x2000; out dx, ax
        let run = try GuestRun([0x66, 0xba, 0x04, 0x06, 0x66, 0xb8, 0x00, 0x20, 0x66, 0xef] + TinyGuest.halt)

        guard case .poweredOff? = try run.nextEvent() else { throw Unexpected(run.events) }
    }

    @Test("the panic device reports a panic")
    func panic() throws {
        let run = try GuestRun(TinyGuest.out(1, port: 0x505) + TinyGuest.halt)

        guard case .panicked? = try run.nextEvent() else { throw Unexpected(run.events) }
    }

    @Test(
        "a reset starts the kernel anew with its memory as it was loaded",
        arguments: [
            TinyGuest.out(0xfe, port: 0x64), TinyGuest.out(6, port: 0xcf9),
        ])
    func reset(_ request: [UInt8]) throws {
        // The guest asks the CMOS RAM, which survives, whether it is the second time.
        let select = TinyGuest.out(0x50, port: 0x70)
        // mov dx, 0x71; in al, dx; cmp al, 0x5a; je to the exit
        let second = select + TinyGuest.out(0x5a, port: 0x71) + request + TinyGuest.halt
        let check: [UInt8] = [0x66, 0xba, 0x71, 0x00, 0xec, 0x3c, 0x5a, 0x74, UInt8(second.count)]
        let run = try GuestRun(select + check + second + TinyGuest.exit(7))

        guard case .resetRequested? = try run.nextEvent() else { throw Unexpected(run.events) }
        try run.machine.reset()
        guard case .debugExit(let code)? = try run.nextEvent() else { throw Unexpected(run.events) }
        #expect(code == 15)
    }

    @Test("a guest that never exits pauses, resumes and ends")
    func pause() throws {
        let run = try GuestRun([0xeb, 0xfe])

        for _ in 0..<20 {
            run.machine.pause()
            #expect(!run.machine.isRunning)
            run.machine.resume()
        }
        #expect(run.events.isEmpty)
    }

    /// An event that the test did not expect.
    struct Unexpected: Error {
        let events: [MachineEvent]
        init(_ events: [MachineEvent]) { self.events = events }
    }
}
