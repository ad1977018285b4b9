// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import Machine
import MachineTesting

@testable import apus_vmm

/// A serial port and its console, driven by hand.
final class ConsoleBench {
    let loop: ControlLoop
    let console: SerialConsole
    private let serial: Serial16550
    private let bus = SystemBus()
    private(set) var complaints: [String] = []

    init() throws {
        let loop = try ControlLoop()
        let serial = Serial16550(name: "serial0", line: WireProbe())
        console = try SerialConsole(serial, bus: bus, loop: loop)
        self.loop = loop
        self.serial = serial
        console.complain = { [unowned self] in complaints.append($0) }
    }

    /// Bytes of the guest that nobody has taken.
    var waiting: Int { serial.pendingOutputByteCount }

    /// Has the guest write bytes, and the console do all that there is to do then.
    func say(_ byte: UInt8, count: Int) throws {
        for _ in 0..<count { serial.write(UInt64(byte), at: 0, width: .byte) }
        try settle()
    }

    func settle() throws {
        for _ in 0..<256 {
            if try loop.turn(timeoutMilliseconds: 0) == 0 { return }
        }
        throw SystemCallError(call: "the console never rests", code: ETIME)
    }

    /// Both ends of a pipe.
    static func pipe(_ use: (consuming Descriptor, consuming Descriptor) throws -> Void) throws {
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemCallError(call: "pipe2", code: errno) }
        try use(Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
    }

    /// Has signals of failed writes end the process, whatever its parent and its thread's maker have set.
    static func heedFailedWrites() {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in [SIGPIPE, SIGXFSZ] {
            _ = signal(number, SIG_DFL)
            unsafe sigaddset(&set, number)
        }
        unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    /// The most bytes that a file of this process may have; `nil` for no limit.
    static func limitFiles(to byteCount: UInt?) throws {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else { throw SystemCallError(call: "getrlimit", code: errno) }
        limit.rlim_cur = byteCount ?? limit.rlim_max
        guard unsafe setrlimit(resource, &limit) == 0 else { throw SystemCallError(call: "setrlimit", code: errno) }
    }
}
