// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// Two connected stream sockets: `near` for a device, the other for whoever plays the host's side.
final class StreamPair {
    let near: Descriptor
    private let far: Descriptor

    init() throws {
        var numbers: [CInt] = [0, 0]
        guard unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &numbers) == 0 else {
            throw SystemCallError(call: "socketpair", code: errno)
        }
        near = Descriptor(owning: numbers[0])
        far = Descriptor(owning: numbers[1])
        try near.setNonBlocking()
        try far.setNonBlocking()
    }

    /// Sends what the device's side takes now, and takes what it sent.
    func exchange(_ bytes: [UInt8]) throws {
        if !bytes.isEmpty { _ = try? far.send(bytes[...]) }
        while let received = try? far.read(upTo: 64 << 10), !received.isEmpty {}
    }
}
