// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// Two connected stream sockets: `ours` is non-blocking, `theirs` goes to QEMU.
struct SocketPair: ~Copyable {
    let ours: Descriptor
    let theirs: Descriptor

    init() throws(LabError) {
        var ends: [CInt] = [0, 0]
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw .system(SystemCallError(call: "socketpair", code: errno))
        }
        let first = Descriptor(owning: ends[0])
        let second = Descriptor(owning: ends[1])
        do { try first.setNonBlocking() } catch { throw .system(error) }
        ours = first
        theirs = second
    }
}
