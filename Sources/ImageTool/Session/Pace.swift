// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// Holds work back to a rate (`-r`).
struct Pace {
    private let bytesPerSecond: UInt64?
    /// When the work that is done would be done at that rate, in seconds of the monotonic clock.
    private var due = 0.0

    /// - Parameter bytesPerSecond: `nil` for as fast as it goes.
    init(bytesPerSecond: UInt64?) { self.bytesPerSecond = bytesPerSecond }

    /// Waits until so many bytes more may have been moved.
    mutating func account(_ byteCount: UInt64, _ session: ToolSession) throws(ToolProblem) {
        guard let bytesPerSecond else { return }
        // What was not used in the past is not caught up.
        due = max(due, Self.now) + Double(byteCount) / Double(bytesPerSecond)
        while true {
            let rest = due - Self.now
            guard rest > 0.001 else { return }
            try session.wait(milliseconds: Int(min(rest * 1000, 1e6).rounded(.up)))
        }
    }

    private static var now: Double {
        var moment = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &moment)
        return Double(moment.tv_sec) + Double(moment.tv_nsec) / 1e9
    }
}
