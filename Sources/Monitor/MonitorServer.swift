// SPDX-License-Identifier: Apache-2.0
package import Host
package import QMP
internal import Glibc

/// The machine's monitor: a listening socket and the clients that have connected to it, each with a session of its own.
///
/// Belongs to the thread of its loop, on which the machine's calls are made too. It never waits: what a client does not
/// take stays with its session, and a client that lets too much pile up is dropped.
package final class MonitorServer {
    /// The most clients at one time; one more is turned away.
    package static let maximumClientCount = 16

    private let machine: any MonitoredMachine
    private let version: MonitorVersion
    private let loop: ControlLoop
    private var clients: [MonitorClientConnection] = []
    private var listener: ClientListener?

    /// Takes over a listening stream socket and serves it from now on.
    ///
    /// - Parameters:
    ///   - listening: Made non-blocking here.
    ///   - machine: What the clients command.
    ///   - version: What the greeting and `query-version` say.
    ///   - loop: Runs everything; it and the machine live at least as long as the server.
    package init(
        listening: consuming Descriptor, machine: any MonitoredMachine, version: MonitorVersion, loop: ControlLoop
    ) throws(SystemCallError) {
        self.machine = machine
        self.version = version
        self.loop = loop
        listener = try ClientListener(listening, loop: loop) { [weak self] client in self?.admit(client) }
    }

    /// How many clients are connected.
    package var clientCount: Int { clients.count }

    /// Tells every client that has ended its negotiation what has happened just now.
    package func announce(_ event: MonitorEvent) {
        announce(event, at: .now)
    }

    /// Tells every client that has ended its negotiation what happened at `time`.
    package func announce(_ event: MonitorEvent, at time: MonitorTime) {
        // A client that is dropped meanwhile leaves the list.
        for client in clients { client.announce(event, at: time) }
    }

    /// Drops all clients and listens no more. What clients are ready to take is written first; nothing is waited for.
    package func close() {
        listener = nil
        for client in clients { client.close() }
        clients = []
    }

    private func admit(_ descriptor: consuming Descriptor) {
        guard clients.count < Self.maximumClientCount else { return }
        let client = MonitorClientConnection(
            descriptor, session: MonitorSession(machine: machine, version: version), loop: loop
        ) { [weak self] client in self?.remove(client) }
        clients.append(client)
        client.start()
    }

    private func remove(_ client: MonitorClientConnection) {
        clients.removeAll { $0 === client }
    }
}

extension MonitorTime {
    /// The host's clock (CLOCK_REALTIME).
    package static var now: MonitorTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return MonitorTime(seconds: Int64(time.tv_sec), microseconds: Int64(time.tv_nsec / 1000))
    }
}
