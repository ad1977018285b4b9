// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
package import Host

/// A connected stream socket whose calls wait, with a bound where one is set.
///
/// Belongs to one thread, except for `endInput()` and `close()`.
package final class SocketTransport: ByteTransport {
    private let descriptor: Descriptor
    private static let leastRoom = 16 << 10
    /// When all waiting ends, in milliseconds of the monotonic clock.
    private var deadline: Int64?

    /// Takes over a connected socket.
    package init(owning descriptor: consuming Descriptor) throws(SystemCallError) {
        try descriptor.setBlocking()
        cmachine_socket_tune(descriptor.borrowed)
        self.descriptor = descriptor
    }

    /// Ends every wait so many milliseconds from now; `nil` waits for ever.
    package func setDeadline(afterMilliseconds delay: Int64?) throws(NBDError) {
        deadline = delay.map { Descriptor.monotonicMilliseconds + $0 }
        if deadline == nil { try setTimeout(0) }
    }

    package var number: CInt { descriptor.borrowed }
    package var socket: SocketTransport { self }
    package var hasPendingInput: Bool { false }

    package func receive(into buffer: StreamBuffer, room: Int) throws(NBDError) -> Bool {
        try applyDeadline()
        let number = descriptor.borrowed
        // As much as is there, so that many short messages take one call.
        buffer.reserve(max(room, Self.leastRoom))
        let count = try buffer.append(upTo: max(room, buffer.room)) { span throws(NBDError) in
            let result = unsafe span.withUnsafeMutableBytes { bytes in
                unsafe cmachine_receive(number, bytes.baseAddress, bytes.count)
            }
            return try Self.check(result, "recv")
        }
        return count > 0
    }

    package func send(_ buffer: StreamBuffer) throws(NBDError) {
        if buffer.isEmpty { return }
        try applyDeadline()
        let number = descriptor.borrowed
        let result = buffer.withBytes(0..<buffer.count) { span in
            unsafe span.withUnsafeBytes { bytes in unsafe cmachine_send(number, bytes.baseAddress, bytes.count) }
        }
        _ = try Self.check(result, "send")
        buffer.removeAll()
    }

    /// What a wait has ended with.
    package enum Wakening { case input, other, timeOut }

    /// Waits until something has come, or another descriptor is readable, which its owner keeps open; -1 for none.
    ///
    /// - Parameter milliseconds: The longest wait; -1 for no bound.
    package func wait(or other: CInt, milliseconds: CInt = -1) throws(NBDError) -> Wakening {
        var requests = [
            pollfd(fd: descriptor.borrowed, events: Int16(POLLIN), revents: 0),
            pollfd(fd: other, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let result = unsafe poll(&requests, 2, milliseconds)
            if result == 0 { return .timeOut }
            if result > 0 { return requests[0].revents != 0 ? .input : .other }
            if errno != EINTR { throw .system(SystemCallError(call: "poll", code: errno)) }
        }
    }

    /// Nothing more is received: a wait for it ends. Any thread.
    package func endInput() { shutdown(descriptor.borrowed, CInt(SHUT_RD)) }

    /// Nothing goes through any more: every wait ends. Any thread.
    package func close() { shutdown(descriptor.borrowed, CInt(SHUT_RDWR)) }

    private func applyDeadline() throws(NBDError) {
        guard let deadline else { return }
        let rest = deadline - Descriptor.monotonicMilliseconds
        guard rest > 0 else { throw .system(SystemCallError(call: "recv", code: ETIMEDOUT)) }
        try setTimeout(rest)
    }

    private func setTimeout(_ milliseconds: Int64) throws(NBDError) {
        let result = cmachine_socket_timeouts(descriptor.borrowed, Int(milliseconds), Int(milliseconds))
        if result < 0 { throw .system(SystemCallError(call: "setsockopt", code: CInt(-result))) }
    }

    private static func check(_ result: Int, _ call: StaticString) throws(NBDError) -> Int {
        if result >= 0 { return result }
        let code = CInt(-result)
        if code == EPIPE || code == ECONNRESET { throw .closed }
        // What a socket with a bounded wait says at its end.
        throw .system(SystemCallError(call: call, code: code == EAGAIN ? ETIMEDOUT : code))
    }
}
