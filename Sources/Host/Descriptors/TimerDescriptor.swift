// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// A timer on the host's clock of the day, readable once it is due (timerfd_create(2)); it follows when the clock is set.
package struct TimerDescriptor: ~Copyable, Sendable {
    private let descriptor: Descriptor

    package init() throws(SystemCallError) {
        let number = timerfd_create(CLOCK_REALTIME, CInt(TFD_CLOEXEC) | CInt(TFD_NONBLOCK))
        guard number >= 0 else { throw SystemCallError(call: "timerfd_create", code: errno) }
        descriptor = Descriptor(owning: number)
    }

    package var number: CInt { descriptor.borrowed }

    /// Makes the timer due at a second since 1970, or never (`nil`).
    package borrowing func set(_ deadline: Int64?) {
        var setting = itimerspec()
        // Zero would disarm; the first second of 1970 is as past as any.
        setting.it_value.tv_sec = deadline.map { Int(max(1, $0)) } ?? 0
        _ = unsafe timerfd_settime(number, CInt(TFD_TIMER_ABSTIME), &setting, nil)
    }

    /// Makes the timer due so many milliseconds from now, at least 1, however the clock is set meanwhile.
    package borrowing func set(afterMilliseconds delay: Int) {
        var setting = itimerspec()
        setting.it_value.tv_sec = delay / 1000
        setting.it_value.tv_nsec = max(1, delay % 1000) * 1_000_000
        _ = unsafe timerfd_settime(number, 0, &setting, nil)
    }

    /// Takes note that the timer was due.
    package borrowing func clear() {
        var count: UInt64 = 0
        _ = unsafe Glibc.read(number, &count, 8)
    }
}
