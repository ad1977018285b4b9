// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// Calls that move a whole list. Each returns the number of bytes, or a negative errno.
extension BufferList {
    /// readv(2).
    package func read(from descriptor: CInt) -> Int {
        retrying { unsafe readv(descriptor, vectors, CInt(count)) }
    }

    /// writev(2).
    package func write(to descriptor: CInt) -> Int {
        retrying { unsafe writev(descriptor, vectors, CInt(count)) }
    }

    /// sendmsg(2) without waiting; a peer that has gone is `EPIPE` and no signal.
    package func send(to socket: CInt) -> Int {
        var message = unsafe msghdr()
        unsafe message.msg_iov = unsafe vectors
        unsafe message.msg_iovlen = count
        return retrying { unsafe sendmsg(socket, &message, CInt(MSG_NOSIGNAL | MSG_DONTWAIT)) }
    }

    /// Fills the first bytes, at most `limit`, from the kernel's generator (getrandom(2)).
    package func fillRandomly(limit: Int) -> Int {
        var done = 0
        for index in start..<end where done < limit {
            let length = unsafe min(elements[index].iov_len, limit - done)
            var filled = 0
            while filled < length {
                let result = retrying { unsafe getrandom(elements[index].iov_base + filled, length - filled, 0) }
                if result < 0 { return done > 0 ? done : result }
                filled += result
                done += result
            }
        }
        return done
    }
}

private func retrying(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { return -Int(code) }
    }
}
