// SPDX-License-Identifier: Apache-2.0
package import Host

/// Serves exports to the clients of one or more listening sockets, each client on a thread of its own.
///
/// Belongs to the thread that calls `run()`.
package final class NBDServer {
    package struct Settings {
        /// How many clients are served at once; others wait. 0 for as many as come.
        package var maximumClientCount = 1
        /// Whether the server goes on when its last client has left.
        package var isPersistent = false
        /// TLS, which every client must then speak.
        package var security: (any TransportSecurity)?
        /// Hears of every client's end, on the server's thread; `nil` for one who left as clients do.
        package var clientDidEnd: (NBDError?) -> Void = { _ in }
        package init() {}
    }

    /// Clients have this time to take their answers when the server ends.
    private static let farewellMilliseconds: CInt = 5000
    /// Threads that wait for storage; with as many requests under way a disk is busy.
    private static let workerCount = 16

    private let exports: [NBDExport]
    private let settings: Settings
    private let loop: ControlLoop
    private let mailbox: Mailbox
    private let pool = WorkerPool(limit: NBDServer.workerCount)
    private var listeners: [ClientListener] = []
    private var clients: [Client] = []
    private var isFinishing = false
    private let ending: CInt

    /// A connection and its thread.
    private final class Client {
        let connection: ServerConnection
        let thread: NamedThread

        init(_ connection: ServerConnection, _ end: @escaping @Sendable (NBDError?) -> Void) throws(SystemCallError) {
            self.connection = connection
            thread = try NamedThread(name: "nbd-client") {
                do throws(NBDError) {
                    try connection.run()
                    end(nil)
                } catch {
                    end(error)
                }
            }
        }
    }

    /// - Parameter ending: Readable when the server is to end, such as a signal's descriptor; its owner keeps it open.
    package init(_ exports: [NBDExport], ending: CInt, _ settings: Settings) throws(SystemCallError) {
        self.exports = exports
        self.settings = settings
        self.ending = ending
        let loop = try ControlLoop()
        self.loop = loop
        mailbox = try Mailbox()
        mailbox.adopt()
        try loop.watch(mailbox.event.number, .readable) { [mailbox] _ in mailbox.drain() }
        try loop.watch(ending, .readable) { [weak self] _ in self?.finish() }
    }

    /// Takes over a listening stream socket, whose clients are served from now on.
    package func listen(_ descriptor: consuming Descriptor) throws(SystemCallError) {
        listeners.append(try ClientListener(descriptor, loop: loop) { [weak self] client in self?.admit(client) })
    }

    /// Serves until the end is asked for or, unless it is persistent, the last client has left. Answers what was asked
    /// for by then.
    package func run() throws(SystemCallError) {
        while !isFinishing { try loop.turn() }
        listeners = []
        for client in clients { client.connection.finish() }
        let deadline = Descriptor.monotonicMilliseconds + Int64(Self.farewellMilliseconds)
        while !clients.isEmpty {
            let rest = deadline - Descriptor.monotonicMilliseconds
            if rest <= 0 { for client in clients { client.connection.abandon() } }
            try loop.turn(timeoutMilliseconds: CInt(clamping: rest <= 0 ? -1 : rest))
        }
        pool.close()
    }

    /// Begins to end; `run()` returns soon.
    package func finish() {
        isFinishing = true
        // It stays readable.
        loop.unwatch(ending)
    }

    private func admit(_ descriptor: consuming Descriptor) {
        let connection: ServerConnection
        do {
            let socket = try SocketTransport(owning: descriptor)
            connection = try ServerConnection(socket, exports: exports, security: settings.security, pool: pool)
        } catch {
            return settings.clientDidEnd(.system(error))
        }
        let identity = ObjectIdentifier(connection)
        do {
            let server = Unowned(self)
            let client = try Client(connection) { [mailbox] error in
                mailbox.post { server.value?.remove(identity, error) }
            }
            clients.append(client)
        } catch {
            return settings.clientDidEnd(.system(error))
        }
        if settings.maximumClientCount > 0, clients.count >= settings.maximumClientCount {
            for listener in listeners { listener.suspend() }
        }
    }

    private func remove(_ identity: ObjectIdentifier, _ error: NBDError?) {
        guard let index = clients.firstIndex(where: { ObjectIdentifier($0.connection) == identity }) else { return }
        let client = clients.remove(at: index)
        client.thread.wait()
        settings.clientDidEnd(error)
        if clients.isEmpty, client.connection.hasServed, !settings.isPersistent { finish() }
        for listener in listeners { listener.resume() }
    }

    /// The server for a letter that another thread posts. Unchecked: only the server's own thread opens letters.
    private final class Unowned: @unchecked Sendable {
        weak var value: NBDServer?
        init(_ value: NBDServer) { self.value = value }
    }
}
