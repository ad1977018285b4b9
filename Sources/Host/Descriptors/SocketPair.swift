// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// Two connected stream sockets of the Unix family; both block until told otherwise.
package struct SocketPair: ~Copyable, Sendable {
    private let near: Descriptor
    private let far: Descriptor

    package init() throws(SystemCallError) {
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw SystemCallError(call: "socketpair", code: errno)
        }
        near = Descriptor(owning: ends[0])
        far = Descriptor(owning: ends[1])
    }

    /// Hands each end to its owner.
    package consuming func split<Failure: Error>(
        _ body: (consuming Descriptor, consuming Descriptor) throws(Failure) -> Void
    ) throws(Failure) {
        try body(near, far)
    }
}
