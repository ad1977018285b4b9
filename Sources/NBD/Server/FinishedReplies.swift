// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host
internal import Synchronization

/// Answers that other threads have written for a connection's thread to send.
final class FinishedReplies: Sendable {
    struct Reply {
        let bytes: StreamBuffer
        /// What was set aside for it, in bytes.
        let reservedByteCount: Int
    }

    /// Readable while there are answers.
    let event: EventDescriptor
    private let replies = Mutex<[Reply]>([])

    init() throws(SystemCallError) { event = try EventDescriptor() }

    /// Any thread.
    func put(_ reply: Reply) {
        let wasEmpty = replies.withLock { replies in
            replies.append(reply)
            return replies.count == 1
        }
        if wasEmpty { event.signal() }
    }

    /// Takes all there are.
    func take() -> [Reply] {
        event.clear()
        return replies.withLock { replies in
            let taken = replies
            replies = []
            return taken
        }
    }

    /// Waits until there are some; it may return early.
    func wait() {
        var request = pollfd(fd: event.number, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&request, 1, -1)
    }
}
