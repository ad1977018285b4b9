// SPDX-License-Identifier: Apache-2.0

/// One thread's wait for many descriptors (epoll(7)): each has a handler, which is called when it is ready.
///
/// Belongs to the thread that calls `run()`; handlers run there, one after the other, and may watch, change and unwatch
/// any descriptor, their own included. No handler is called for a descriptor that has been unwatched, even where its
/// number has been given to another one meanwhile. A handler must not block.
package final class ControlLoop {
    /// Called with what the descriptor is ready for.
    package typealias Handler = (Epoll.Events) -> Void

    private struct Watch {
        let number: CInt
        let token: UInt64
        let handler: Handler
    }

    private let epoll: Epoll
    // A process watches a dozen descriptors: a search costs less than a table's memory.
    private var watches: [Watch] = []
    private var lastToken: UInt64 = 0
    private var isFinished = false

    /// Makes a loop that watches nothing.
    package init() throws(SystemCallError) {
        epoll = try Epoll()
    }

    /// Has `handler` called for as long as `number` is ready for one of `events`; failure and hang-up are always
    /// reported. The descriptor must stay open until it is unwatched.
    ///
    /// - Throws: `EEXIST` where it is watched already, `EPERM` for what is always ready, such as a regular file.
    package func watch(
        _ number: CInt, _ events: Epoll.Events, handler: @escaping Handler
    ) throws(SystemCallError) {
        lastToken &+= 1
        try epoll.add(number, events, token: lastToken)
        watches.append(Watch(number: number, token: lastToken, handler: handler))
    }

    /// Waits for other events of a watched descriptor.
    package func change(_ number: CInt, _ events: Epoll.Events) throws(SystemCallError) {
        guard let watch = watches.first(where: { $0.number == number }) else { return }
        try epoll.change(number, events, token: watch.token)
    }

    /// Stops watching; nothing where the descriptor is not watched. To be called before the descriptor is closed.
    package func unwatch(_ number: CInt) {
        guard let index = watches.firstIndex(where: { $0.number == number }) else { return }
        watches.remove(at: index)
        // It is in the set, since it was in the list; a descriptor closed too early has left the set by itself.
        _ = try? epoll.remove(number)
    }

    /// Waits and calls handlers until `finish()`.
    package func run() throws(SystemCallError) {
        isFinished = false
        while !isFinished { try turn() }
    }

    /// Waits once, for at most `timeoutMilliseconds` (-1: for ever), and calls the handlers of what is ready.
    ///
    /// - Returns: How many handlers were called.
    @discardableResult
    package func turn(timeoutMilliseconds: CInt = -1) throws(SystemCallError) -> Int {
        var count = 0
        try epoll.wait(timeoutMilliseconds: timeoutMilliseconds) { token, events in
            guard let watch = watches.first(where: { $0.token == token }) else { return }
            count += 1
            watch.handler(events)
        }
        return count
    }

    /// Has `run()` return once the handlers of the current wait are through. Called by a handler.
    package func finish() {
        isFinished = true
    }
}
