// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

extension Descriptor {
    /// Takes the next waiting client of a non-blocking listening socket, as a non-blocking descriptor; `nil` when none
    /// waits any more.
    package borrowing func accept() throws(SystemCallError) -> Descriptor? {
        while true {
            let result = cmachine_accept(borrowed)
            if result >= 0 { return Descriptor(owning: CInt(result)) }
            let code = CInt(-result)
            if code == EAGAIN { return nil }
            // A client that left while it waited is no failure of the socket.
            if code != EINTR && code != ECONNABORTED { throw SystemCallError(call: "accept4", code: code) }
        }
    }

    /// Sends what a connected socket takes without waiting and returns how many bytes that was. A peer that has gone
    /// is the error `EPIPE`, never a signal.
    package borrowing func send(_ bytes: ArraySlice<UInt8>) throws(SystemCallError) -> Int {
        let number = borrowed
        while true {
            let result = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    number, buffer.baseAddress, buffer.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
            }
            if result >= 0 { return result }
            let code = errno
            if code == EAGAIN { return 0 }
            if code != EINTR { throw SystemCallError(call: "send", code: code) }
        }
    }
}
