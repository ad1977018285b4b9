// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// An open file descriptor, closed when its owner ends.
package struct Descriptor: ~Copyable, Sendable {
    private let number: CInt

    /// Takes ownership of `number`, which must be open and owned by nobody else.
    package init(owning number: CInt) {
        precondition(number >= 0, "descriptor numbers are not negative")
        self.number = number
    }

    /// Opens a path with `flags` (`O_CLOEXEC` is added).
    package init(path: String, flags: CInt, mode: UInt32 = 0o600) throws(SystemCallError) {
        while true {
            let number = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
            if number >= 0 {
                self.number = number
                return
            }
            let code = errno
            if code != EINTR { throw SystemCallError(call: "open(\(path))", code: code) }
        }
    }

    /// The flag by which a file is read and written past the page cache (`O_DIRECT`).
    package static var directFlag: CInt { CMACHINE_O_DIRECT }

    /// Gives up ownership. The caller must close the number that is returned.
    package consuming func release() -> CInt {
        let number = self.number
        discard self
        return number
    }

    /// Lends the number for one call; it must not be kept after the borrow ends.
    package var borrowed: CInt { number }

    /// Returns a second descriptor of the same open file.
    package borrowing func duplicate() throws(SystemCallError) -> Descriptor {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw SystemCallError(call: "fcntl(F_DUPFD_CLOEXEC)", code: errno) }
        return Descriptor(owning: copy)
    }

    /// Makes reads and writes return `EAGAIN` where they would wait.
    package borrowing func setNonBlocking() throws(SystemCallError) {
        let flags = fcntl(number, F_GETFL)
        guard flags >= 0, fcntl(number, F_SETFL, flags | O_NONBLOCK) >= 0 else {
            throw SystemCallError(call: "fcntl(O_NONBLOCK)", code: errno)
        }
    }

    /// Makes reads and writes wait.
    package borrowing func setBlocking() throws(SystemCallError) {
        let flags = fcntl(number, F_GETFL)
        guard flags >= 0, fcntl(number, F_SETFL, flags & ~O_NONBLOCK) >= 0 else {
            throw SystemCallError(call: "fcntl(O_NONBLOCK)", code: errno)
        }
    }

    deinit {
        // close(2) releases the number even where it reports EINTR; a retry
        // could close a descriptor that another thread has just opened.
        _ = close(number)
    }
}
