// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import GuestKit
import Host

/// The end of the time that something may take, many times what it needs: a guest that hangs fails its test, and does
/// not hold up all others.
struct Deadline {
    private let end: ContinuousClock.Instant

    init(seconds: Int) {
        end = .now + .seconds(seconds)
    }

    /// Waits until a descriptor has something to read or has come to its end; false when the time is over.
    func awaitInput(on descriptor: Int32) -> Bool {
        while true {
            let left = max(.zero, end - .now)
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let count = unsafe poll(&watched, 1, Int32(clamping: milliseconds))
            if count >= 0 || errno != EINTR { return count == 1 }
        }
    }
}

extension ChildProcess {
    /// Its exit status; where it takes longer than `seconds` it is killed, and has none.
    func wait(atMost seconds: Int) -> Int32? {
        let number = cmachine_process_descriptor(identifier)
        guard number >= 0 else { return nil }
        let descriptor = Descriptor(owning: Int32(number))
        let isOver = Deadline(seconds: seconds).awaitInput(on: descriptor.borrowed)
        if !isOver { kill() }
        let status = wait()
        return isOver ? status : nil
    }
}
