// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// Messages of a few bytes over a connected socket, each with a deadline.
extension Descriptor {
    /// Sends all the bytes, with descriptors at the first of them; at most eight.
    package borrowing func sendMessage(
        _ bytes: [UInt8], descriptors: [CInt] = [], timeoutMilliseconds: CInt
    ) throws(SystemCallError) {
        var done = 0
        let deadline = Self.monotonicMilliseconds + Int64(timeoutMilliseconds)
        while done < bytes.count {
            let number = borrowed
            let passed = done == 0 ? descriptors : []
            let result = unsafe bytes.withUnsafeBytes { buffer in
                unsafe passed.withUnsafeBufferPointer { numbers in
                    unsafe cmachine_send_descriptors(
                        number, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, numbers.baseAddress,
                        CInt(numbers.count))
                }
            }
            if result >= 0 {
                done += result
            } else if result == -Int(EAGAIN) {
                try awaitEvents(Int16(POLLOUT), until: deadline)
            } else if result != -Int(EINTR) {
                throw SystemCallError(call: "sendmsg", code: CInt(-result))
            }
        }
    }

    /// Receives exactly `count` bytes, or fewer where the other side has closed; descriptors that come along are not
    /// taken.
    package borrowing func receiveMessage(count: Int, timeoutMilliseconds: CInt) throws(SystemCallError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        let deadline = Self.monotonicMilliseconds + Int64(timeoutMilliseconds)
        while done < count {
            let number = borrowed
            let result = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe recv(number, buffer.baseAddress.map { unsafe $0 + done }, count - done, CInt(MSG_DONTWAIT))
            }
            if result == 0 { return Array(bytes[..<done]) }
            if result > 0 {
                done += result
                continue
            }
            let code = errno
            if code == EAGAIN {
                try awaitEvents(Int16(POLLIN), until: deadline)
            } else if code != EINTR {
                throw SystemCallError(call: "recv", code: code)
            }
        }
        return bytes
    }

    /// Whether the other side has closed, or has sent what nobody asked for.
    package borrowing func isDisturbed() -> Bool {
        var byte: UInt8 = 0
        let result = unsafe recv(borrowed, &byte, 1, CInt(MSG_DONTWAIT) | CInt(MSG_PEEK))
        return result >= 0 || (errno != EAGAIN && errno != EINTR)
    }

    private borrowing func awaitEvents(_ events: Int16, until deadline: Int64) throws(SystemCallError) {
        var request = pollfd(fd: borrowed, events: events, revents: 0)
        // One who sends a byte now and then comes to the end as well.
        let result = unsafe poll(&request, 1, CInt(clamping: max(0, deadline - Self.monotonicMilliseconds)))
        if result == 0 { throw SystemCallError(call: "poll", code: ETIMEDOUT) }
        if result < 0 && errno != EINTR { throw SystemCallError(call: "poll", code: errno) }
    }

    /// Milliseconds of a clock that nobody sets.
    package static var monotonicMilliseconds: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
