// SPDX-License-Identifier: Apache-2.0
internal import Host

/// A queue pair of a network card, as its thread and others see it: what others ask for travels through the mailbox.
final class NetworkPair: ServingThread {
    let worker: any NetworkPairWorker
    let tally: NetworkTally
    private let mailbox: Mailbox
    private let started: NetworkStartEvent?

    init(
        _ worker: any NetworkPairWorker, tally: NetworkTally, mailbox: Mailbox, started: NetworkStartEvent?
    ) {
        self.worker = worker
        self.tally = tally
        self.mailbox = mailbox
        self.started = started
    }

    package func begin() throws(SystemCallError) {
        mailbox.adopt()
        try worker.begin()
        started?.event.signal()
    }

    package func step() throws(SystemCallError) -> Bool { try worker.step() }

    package func close() { mailbox.close() }

    /// Has the thread do something, and returns when it has; see `Mailbox.perform`.
    func perform(_ body: @escaping @Sendable (any NetworkPairWorker) -> Void) {
        let worker = worker
        mailbox.perform { body(worker) }
    }

    /// Has the thread do something soon.
    func post(_ body: @escaping @Sendable (any NetworkPairWorker) -> Void) {
        let worker = worker
        mailbox.post { body(worker) }
    }

    func stop() { post { $0.stop() } }
}
