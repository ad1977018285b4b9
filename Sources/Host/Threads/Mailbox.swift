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
    private let box = Mutex(Box())

    private struct Letter {
        let action: @Sendable () -> Void
        /// Whom to tell that it was performed, or that nobody will.
        let done: Semaphore?
    }

    private struct Box {
        var letters: [Letter] = []
        var isClosed = false
    }

    package init() throws(SystemCallError) {
        event = try EventDescriptor()
    }

    /// Makes the calling thread the owner.
    package func adopt() {
        owner.store(UInt(pthread_self()), ordering: .relaxed)
    }

    /// Has the owner perform `action` and returns at once; nothing happens once the mailbox is closed.
    package func post(_ action: @escaping @Sendable () -> Void) {
        _ = put(Letter(action: action, done: nil))
    }

    /// Has the owner perform `action` and returns when it has, or when it never will because the mailbox is closed;
    /// the owner itself performs it at once.
    package func perform(_ action: @escaping @Sendable () -> Void) {
        if owner.load(ordering: .relaxed) == UInt(pthread_self()) { return action() }
        let done = Semaphore()
        if put(Letter(action: action, done: done)) { done.wait() }
    }

    /// Performs what has been posted, in order. Called by the owner only.
    package func drain() {
        event.clear()
        let letters = box.withLock { box in
            let result = box.letters
            box.letters.removeAll()
            return result
        }
        for letter in letters {
            letter.action()
            letter.done?.signal()
        }
    }

    /// Takes no more letters, and lets those who wait for one go on. The owner's last call.
    package func close() {
        let letters = box.withLock { box in
            box.isClosed = true
            let result = box.letters
            box.letters.removeAll()
            return result
        }
        for letter in letters { letter.done?.signal() }
    }

    private func put(_ letter: Letter) -> Bool {
        let isOpen = box.withLock { box in
            if !box.isClosed { box.letters.append(letter) }
            return !box.isClosed
        }
        if isOpen { event.signal() }
        return isOpen
    }
}
