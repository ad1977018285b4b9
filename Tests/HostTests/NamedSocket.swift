// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host

/// A path for a listening socket, and clients of it.
final class NamedSocket {
    private let path = "/tmp/apus-host.\(getpid()).\(UInt32.random(in: 0 ... .max))"

    deinit { _ = unsafe unlink(path) }

    func listen() throws -> Descriptor {
        let socket = try Self.make()
        try SystemCallError.check(unsafe cmachine_unix_bind(socket.borrowed, path), "bind")
        guard Glibc.listen(socket.borrowed, 32) == 0 else { throw SystemCallError(call: "listen", code: errno) }
        return socket
    }

    func connect() throws -> Descriptor {
        let socket = try Self.make()
        try SystemCallError.check(unsafe cmachine_unix_connect(socket.borrowed, path), "connect")
        return socket
    }

    private static func make() throws -> Descriptor {
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemCallError(call: "socket", code: errno) }
        return Descriptor(owning: number)
    }
}
