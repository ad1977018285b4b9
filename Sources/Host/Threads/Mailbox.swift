// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// Work for a thread that owns its state: others post, it alone performs.
///
/// The owner waits on `event` together with its other descriptors and calls `drain()` when it is readable.
package final class Mailbox: Sendable {
    package let event: EventDescriptor
    // Relaxed: a thread only ever compares it with itself, and has stored it itself if they are equal.
    private let owner = Atomic<UInt>(0)
    private let pending = Mutex<[@Sendable () -> Void]>([])

    package init() throws(SystemCallError) {
        event = try EventDescriptor()
    }

    /// Makes the calling thread the owner.
    package func adopt() {
        owner.store(UInt(pthread_self()), ordering: .relaxed)
    }

    /// Has the owner perform `action` and returns at once.
    package func post(_ action: @escaping @Sendable () -> Void) {
        pending.withLock { $0.append(action) }
        event.signal()
    }

    /// Has the owner perform `action` and returns when it has; the owner itself performs it at once.
    package func perform(_ action: @escaping @Sendable () -> Void) {
        if owner.load(ordering: .relaxed) == UInt(pthread_self()) { return action() }
        let done = Semaphore()
        post {
            action()
            done.signal()
        }
        done.wait()
    }

    /// Performs what has been posted, in order. Called by the owner only.
    package func drain() {
        event.clear()
        let actions = pending.withLock { list in
            let result = list
            list.removeAll()
            return result
        }
        for action in actions { action() }
    }
}
