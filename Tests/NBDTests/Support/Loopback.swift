// SPDX-License-Identifier: Apache-2.0
import Host
import NBD
import Synchronization

/// Connections to a server in this process: each is a pair of sockets with a thread at its other end.
final class Loopback: NBDConnector {
    private final class Thread {
        let thread: NamedThread
        init(_ thread: consuming NamedThread) { self.thread = thread }
    }

    private let pool = WorkerPool(limit: 4)
    private var threads: [Thread] = []
    private let server: (CInt, WorkerPool) -> Void
    /// How many connections were asked for.
    private(set) var connectionCount = 0
    /// No more than these are given.
    var maximumConnectionCount = Int.max

    /// - Parameter server: Has the server's end of each connection, on a thread of its own, and closes it.
    init(_ server: @escaping @Sendable (CInt, WorkerPool) -> Void) { self.server = server }

    /// The real server.
    convenience init(_ exports: [NBDExport]) {
        self.init { number, pool in
            do {
                let socket = try SocketTransport(owning: Descriptor(owning: number))
                try ServerConnection(socket, exports: exports, security: nil, pool: pool).run()
            } catch {}
        }
    }

    deinit {
        for thread in threads { thread.thread.wait() }
        pool.close()
    }

    func connect(deadline: Int64) throws(NBDError) -> Descriptor {
        guard connectionCount < maximumConnectionCount else { throw .closed }
        connectionCount += 1
        do throws(SystemCallError) {
            let (near, far) = try Self.pair()
            let work = Work(server: server, pool: pool)
            threads.append(Thread(try NamedThread(name: "loopback") { work.server(far, work.pool) }))
            return Descriptor(owning: near)
        } catch {
            throw .system(error)
        }
    }

    private struct Work: @unchecked Sendable {
        let server: (CInt, WorkerPool) -> Void
        let pool: WorkerPool
    }

    static func pair() throws(SystemCallError) -> (CInt, CInt) {
        var numbers: (CInt, CInt) = (-1, -1)
        try SocketPair().split { near, far in numbers = (near.release(), far.release()) }
        return numbers
    }
}
