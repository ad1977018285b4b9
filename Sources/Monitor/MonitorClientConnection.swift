// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import QMP

/// One client of the monitor: moves bytes between its socket and its session. Runs on the loop's thread.
final class MonitorClientConnection {
    /// Bounds the time that one client takes from the others.
    private static let readByteCount = 4096

    private let descriptor: Descriptor
    private let session: MonitorSession
    private let loop: ControlLoop
    private let didEnd: (MonitorClientConnection) -> Void
    private var isOpen = false
    /// The client sends no more; it may still read.
    private var inputHasEnded = false
    private var watched: Epoll.Events = .readable

    /// - Parameters:
    ///   - descriptor: A connected, non-blocking stream socket.
    ///   - didEnd: Called once, when the connection ends by itself; not for `close()`.
    init(
        _ descriptor: consuming Descriptor, session: MonitorSession, loop: ControlLoop,
        didEnd: @escaping (MonitorClientConnection) -> Void
    ) {
        self.descriptor = descriptor
        self.session = session
        self.loop = loop
        self.didEnd = didEnd
    }

    /// Sends the greeting and serves the client from now on.
    func start() {
        do {
            try loop.watch(descriptor.borrowed, watched) { [weak self] events in self?.handle(events) }
            isOpen = true
            flush()
        } catch {
            didEnd(self)
        }
    }

    func announce(_ event: MonitorEvent, at time: MonitorTime) {
        guard isOpen else { return }
        session.send(event, at: time)
        flush()
    }

    /// Writes what the client takes at once and ends the connection.
    func close() {
        guard isOpen else { return }
        _ = try? write()
        isOpen = false
        loop.unwatch(descriptor.borrowed)
    }

    private func handle(_ events: Epoll.Events) {
        // A client that has closed both ways reports this for ever.
        if !events.isDisjoint(with: [.failed, .hungUp]), !events.contains(.readable) { return end() }
        if events.contains(.readable), wantsInput { receive() }
        flush()
    }

    private func receive() {
        do {
            guard let bytes = try descriptor.read(upTo: Self.readByteCount) else { return }
            if bytes.isEmpty {
                inputHasEnded = true
            } else {
                session.receive(bytes)
            }
        } catch {
            end()
        }
    }

    private var wantsInput: Bool { session.wantsInput && !inputHasEnded }

    /// Writes what the client takes, and waits for what there is to wait for then.
    private func flush() {
        guard isOpen else { return }
        do {
            try write()
            if session.isBroken || (inputHasEnded && session.pendingOutput.isEmpty) { return end() }
            var wanted: Epoll.Events = wantsInput ? .readable : []
            if !session.pendingOutput.isEmpty { wanted.insert(.writable) }
            if wanted != watched { try loop.change(descriptor.borrowed, wanted) }
            watched = wanted
        } catch {
            end()
        }
    }

    private func write() throws(SystemCallError) {
        while !session.pendingOutput.isEmpty {
            let count = try descriptor.send(session.pendingOutput[...])
            if count == 0 { return }
            // The session may answer the next of its waiting commands now.
            session.didWrite(count)
        }
    }

    private func end() {
        guard isOpen else { return }
        isOpen = false
        loop.unwatch(descriptor.borrowed)
        didEnd(self)
    }
}
