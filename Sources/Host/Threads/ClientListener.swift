// SPDX-License-Identifier: Apache-2.0

/// A listening socket on a loop, and what becomes of those who connect.
///
/// A wake-up takes a few clients and no more. Where the host has no descriptor or memory left for one, the socket is left
/// alone for a while instead of being asked again and again; who waits there is taken once there is room.
///
/// Belongs to the thread of its loop, which lives at least as long.
package final class ClientListener {
    /// The most clients that one wake-up takes.
    package static let clientsPerWakeUp = 8
    private static let restMilliseconds = 500

    private let listening: Descriptor
    private let timer: TimerDescriptor
    private let loop: ControlLoop
    private let admit: (consuming Descriptor) -> Void
    private var isSuspended = false
    /// Whether nobody is taken because the last attempt failed.
    package private(set) var isResting = false

    /// Takes over a listening stream socket and takes its clients from now on.
    ///
    /// - Parameters:
    ///   - listening: Made non-blocking here.
    ///   - admit: Called by the loop with each client, a non-blocking connected socket.
    package init(
        _ listening: consuming Descriptor, loop: ControlLoop, admit: @escaping (consuming Descriptor) -> Void
    ) throws(SystemCallError) {
        try listening.setNonBlocking()
        let timer = try TimerDescriptor()
        self.listening = listening
        self.timer = timer
        self.loop = loop
        self.admit = admit
        try loop.watch(self.timer.number, .readable) { [weak self] _ in self?.wake() }
        try loop.watch(self.listening.borrowed, .readable) { [weak self] _ in self?.accept() }
    }

    deinit {
        loop.unwatch(listening.borrowed)
        loop.unwatch(timer.number)
    }

    /// Takes nobody until `resume()`; who connects waits.
    package func suspend() {
        isSuspended = true
        follow()
    }

    /// Takes clients again.
    package func resume() {
        isSuspended = false
        follow()
    }

    private func accept() {
        for _ in 0..<Self.clientsPerWakeUp {
            guard !isSuspended else { return }
            do {
                guard let client = try listening.accept() else { return }
                admit(client)
            } catch {
                return rest()
            }
        }
    }

    private func rest() {
        isResting = true
        timer.set(afterMilliseconds: Self.restMilliseconds)
        follow()
    }

    private func wake() {
        timer.clear()
        isResting = false
        follow()
    }

    /// The socket stays in the loop's set, where a change needs no memory and so cannot fail.
    private func follow() {
        try? loop.change(listening.borrowed, isSuspended || isResting ? [] : .readable)
    }
}
