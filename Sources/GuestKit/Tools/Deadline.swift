// SPDX-License-Identifier: Apache-2.0
internal import Host

/// An instant of the monotonic clock, or never.
package struct Deadline: Sendable {
    private let milliseconds: Int64?

    /// So many seconds from now; `nil` for never.
    package init(seconds: Int?) {
        milliseconds = seconds.map { Descriptor.monotonicMilliseconds + Int64($0) * 1000 }
    }

    package var isOver: Bool { milliseconds.map { $0 <= Descriptor.monotonicMilliseconds } ?? false }

    /// As poll(2) takes it: 0 once it is over, -1 for never.
    package var millisecondsLeft: CInt {
        milliseconds.map { CInt(clamping: max(0, $0 - Descriptor.monotonicMilliseconds)) } ?? -1
    }
}
