// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import QMP

@testable import Monitor

/// A monitor on a real Unix socket, driven by hand, and clients of it.
final class Bench {
    let loop: ControlLoop
    let machine = FakeMachine()
    let server: MonitorServer
    private let path: String

    init() throws {
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemCallError(call: "socket", code: errno) }
        let listening = Descriptor(owning: number)
        // A name of its own: the descriptor's number is this process's alone.
        let path = "/tmp/apus-monitor.\(getpid()).\(number)"
        try SystemCallError.check(unsafe cmachine_unix_bind(number, path), "bind")
        guard listen(number, 32) == 0 else { throw SystemCallError(call: "listen", code: errno) }
        let loop = try ControlLoop()
        server = try MonitorServer(
            listening: listening, machine: machine, version: MonitorVersion(package: "test"), loop: loop)
        self.loop = loop
        self.path = path
        machine.monitor = server
    }

    deinit {
        server.close()
        _ = unsafe unlink(path)
    }

    /// A client that has connected, and not more.
    func dial() throws -> Client {
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemCallError(call: "socket", code: errno) }
        let descriptor = Descriptor(owning: number)
        try SystemCallError.check(unsafe cmachine_unix_connect(number, path), "connect")
        try descriptor.setNonBlocking()
        return Client(descriptor, bench: self)
    }

    func connect(negotiated: Bool = true) throws -> Client {
        let client = try dial()
        if negotiated {
            _ = try client.next()
            try client.execute("qmp_capabilities")
            _ = try client.next()
        }
        return client
    }

    /// Lets the monitor do all that there is to do.
    func settle() throws {
        // Each turn serves what is ready; no conversation here takes as many.
        for _ in 0..<64 { try loop.turn(timeoutMilliseconds: 0) }
    }
}
