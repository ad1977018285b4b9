// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host

/// Sockets of the Unix family in the abstract name space, which leaves no file behind.
enum UnixSocket {
    static func listen(_ name: String) throws -> Descriptor {
        let socket = try make()
        var address = address(name)
        let result = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            unsafe bind(
                socket.borrowed, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), length(name))
        }
        guard result == 0, Glibc.listen(socket.borrowed, 8) == 0 else {
            throw SystemCallError(call: "bind", code: errno)
        }
        return socket
    }

    static func connect(_ name: String) throws -> Descriptor {
        let socket = try make()
        var address = address(name)
        let result = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            unsafe Glibc.connect(
                socket.borrowed, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), length(name))
        }
        guard result == 0 else { throw SystemCallError(call: "connect", code: errno) }
        return socket
    }

    private static func make() throws -> Descriptor {
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemCallError(call: "socket", code: errno) }
        return Descriptor(owning: number)
    }

    private static func address(_ name: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
            for (index, byte) in name.utf8.enumerated() { unsafe path[index + 1] = byte }
        }
        return address
    }

    private static func length(_ name: String) -> socklen_t { socklen_t(3 + name.utf8.count) }
}
