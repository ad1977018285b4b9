// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// What a network device's thread tells others: whether the link is up, and how many frames passed.
final class NetworkLink: Sendable {
    // Relaxed, all of them: one thread writes, and the interrupt that follows a change orders what the driver reads.
    private let up: Atomic<Bool>
    private let received = Atomic<UInt64>(0)
    private let sent = Atomic<UInt64>(0)
    private let lostReceiving = Atomic<UInt64>(0)
    private let lostSending = Atomic<UInt64>(0)

    init(isUp: Bool) { up = Atomic(isUp) }

    var isUp: Bool { up.load(ordering: .relaxed) }

    func goDown() { up.store(false, ordering: .relaxed) }

    var counters: NetworkCounters {
        NetworkCounters(
            received: received.load(ordering: .relaxed), sent: sent.load(ordering: .relaxed),
            droppedReceiving: lostReceiving.load(ordering: .relaxed),
            droppedSending: lostSending.load(ordering: .relaxed))
    }

    /// Called by the device's thread, once per batch.
    func store(_ counters: NetworkCounters) {
        received.store(counters.received, ordering: .relaxed)
        sent.store(counters.sent, ordering: .relaxed)
        lostReceiving.store(counters.droppedReceiving, ordering: .relaxed)
        lostSending.store(counters.droppedSending, ordering: .relaxed)
    }
}
