// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// An instant of the monotonic clock.
package struct Deadline: Sendable {
    private let milliseconds: Int

    package init(seconds: Int) {
        milliseconds = Self.now + seconds * 1000
    }

    /// As poll(2) takes it; 0 once it is over.
    package var millisecondsLeft: CInt {
        CInt(clamping: max(0, milliseconds - Self.now))
    }

    package var isOver: Bool { millisecondsLeft == 0 }

    private static var now: Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
