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

    /// Puts the calling thread under the policy, which needs no privilege. One that somebody else has put under another
    /// policy than these stays there.
    package func adopt() {
        guard Self.current != nil else { return }
        var parameter = sched_param()
        parameter.sched_priority = 0
        // A thread that is refused is served as before.
        _ = unsafe sched_setscheduler(0, rawValue, &parameter)
    }
}
