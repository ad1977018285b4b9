// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// When a thread that was woken gets a processor that others want too (sched(7)). Its share is the same with both.
package enum SchedulingPolicy: CInt, Sendable {
    /// At once, where it has had less than its share.
    case normal = 0  // SCHED_OTHER
    /// When whoever runs there waits or has used up its time.
    case batch = 3  // SCHED_BATCH

    /// The policy of the calling thread; `nil` where it is another one.
    package static var current: SchedulingPolicy? { SchedulingPolicy(rawValue: sched_getscheduler(0)) }

    /// Puts the calling thread from one policy under another, which needs no privilege. A thread that is not under the
    /// first one, because somebody else chose for it, stays as it is; so does one that is refused.
    ///
    /// - Returns: Whether the thread is under the other policy now because of this call.
    package static func change(from old: SchedulingPolicy, to new: SchedulingPolicy) -> Bool {
        guard current == old else { return false }
        var parameter = sched_param()
        parameter.sched_priority = 0
        return unsafe sched_setscheduler(0, new.rawValue, &parameter) == 0
    }
}
