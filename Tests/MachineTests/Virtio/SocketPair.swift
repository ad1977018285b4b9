// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host

/// Two connected stream sockets: `near` for the device, `far` for the test.
struct SocketPair: ~Copyable {
    let near: Descriptor
    let far: Descriptor

    init() throws {
        var numbers: [CInt] = [0, 0]
        guard unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &numbers) == 0 else {
            throw SystemCallError(call: "socketpair", code: errno)
        }
        near = Descriptor(owning: numbers[0])
        far = Descriptor(owning: numbers[1])
    }

    /// Reads exactly `count` bytes from the far side; waits ten seconds at most for each part.
    static func read(_ count: Int, from far: borrowing Descriptor) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            try waitUntilReady(far.borrowed, readable: true)
            guard let part = try far.read(upTo: count - bytes.count), !part.isEmpty else { break }
            bytes += part
        }
        return bytes
    }
}
