// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Synchronization

/// Where vCPU threads rest while the machine is paused.
///
/// The control thread sets the state; a vCPU's thread passes the gate before it enters the guest.
package final class Gate: Sendable {
    package enum State: UInt8, AtomicRepresentable, Sendable { case closed, open, ended }

    private let lock = Lock()
    // Sequentially consistent: a vCPU clears its exit request, then reads this; the control thread stores this,
    // then sets the exit request. One of them sees the other.
    private let current: Atomic<State>
    private let resting = Atomic<Int>(0)

    package init() { current = Atomic(.closed) }

    package var state: State { current.load(ordering: .sequentiallyConsistent) }

    /// Closes, opens or ends; threads at the gate look again.
    package func set(_ state: State) {
        lock.holding {
            if current.load(ordering: .sequentiallyConsistent) != .ended {
                current.store(state, ordering: .sequentiallyConsistent)
            }
            lock.wake()
        }
    }

    /// Returns true when the gate is open, false when all has ended; rests while it is closed.
    package func pass() -> Bool {
        if state == .open { return true }
        return lock.holding {
            resting.wrappingAdd(1, ordering: .relaxed)
            lock.wake()
            while state == .closed { lock.wait() }
            resting.wrappingSubtract(1, ordering: .relaxed)
            return state == .open
        }
    }

    /// Waits until `count` threads rest. The gate must be closed and the threads kicked.
    package func waitUntilResting(_ count: Int) {
        lock.holding {
            while resting.load(ordering: .relaxed) < count { lock.wait() }
        }
    }
}
