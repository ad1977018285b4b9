// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// An instant of the monotonic clock, or never.
package struct Deadline: Sendable {
    private let milliseconds: Int?

    /// So many seconds from now; `nil` for never.
    package init(seconds: Int?) {
        milliseconds = seconds.map { Self.now + $0 * 1000 }
    }

    package var isOver: Bool { milliseconds.map { $0 <= Self.now } ?? false }

    /// As poll(2) takes it: 0 once it is over, -1 for never.
    package var millisecondsLeft: CInt {
        milliseconds.map { CInt(clamping: max(0, $0 - Self.now)) } ?? -1
    }

    private static var now: Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
