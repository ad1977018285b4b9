// SPDX-License-Identifier: Apache-2.0
import Glibc
import Host
import NBD
import Synchronization

/// Stands between a client and a server, and cuts the connection after so many bytes of the server's.
enum Relay {
    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    /// - Parameters:
    ///   - limits: The bytes after which the first connections are cut.
    ///   - other: What later connections see in the place of the export.
    ///   - isCutting: Whether they are closed then; otherwise nothing more comes.
    static func loopback(
        _ export: NBDExport, limits: [Int], then other: NBDExport? = nil, isCutting: Bool = true
    ) -> Loopback {
        let counter = Counter()
        return Loopback { number, pool in
            let index = counter.value.add(1, ordering: .relaxed).oldValue
            guard index < limits.count else { return serve(number, other ?? export, pool) }
            guard let (near, far) = try? Loopback.pair() else { return }
            guard let thread = try? NamedThread(name: "relayed", body: { serve(far, export, pool) }) else { return }
            pass(client: number, server: near, limit: limits[index], isCutting: isCutting)
            thread.join()
        }
    }

    private static func serve(_ number: CInt, _ export: NBDExport, _ pool: WorkerPool) {
        guard let socket = try? SocketTransport(owning: Descriptor(owning: number)) else { return }
        try? ServerConnection(socket, exports: [export], security: nil, pool: pool).run()
    }

    private static func pass(client: CInt, server: CInt, limit: Int, isCutting: Bool) {
        defer {
            close(client)
            close(server)
        }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var rest = limit
        while rest > 0 || !isCutting {
            var requests = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: rest > 0 ? server : -1, events: Int16(POLLIN), revents: 0),
            ]
            guard unsafe poll(&requests, 2, -1) > 0 else { return }
            if requests[0].revents != 0 {
                let count = unsafe recv(client, &buffer, buffer.count, 0)
                guard count > 0, unsafe send(server, &buffer, count, CInt(MSG_NOSIGNAL)) == count else { return }
            }
            if requests[1].revents != 0 {
                let count = unsafe recv(server, &buffer, min(rest, buffer.count), 0)
                guard count > 0, unsafe send(client, &buffer, count, CInt(MSG_NOSIGNAL)) == count else { return }
                rest -= count
            }
        }
    }
}
