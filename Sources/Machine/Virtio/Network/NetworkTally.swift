// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The frames of one queue pair, as of its thread's last batch.
final class NetworkTally: Sendable {
    // Relaxed, all of them: one thread writes, and nothing else is read by them.
    private let received = Atomic<UInt64>(0)
    private let sent = Atomic<UInt64>(0)
    private let lostReceiving = Atomic<UInt64>(0)
    private let lostSending = Atomic<UInt64>(0)
    private let filtered = Atomic<UInt64>(0)

    var counters: NetworkCounters {
        NetworkCounters(
            received: received.load(ordering: .relaxed), sent: sent.load(ordering: .relaxed),
            droppedReceiving: lostReceiving.load(ordering: .relaxed),
            droppedSending: lostSending.load(ordering: .relaxed), filtered: filtered.load(ordering: .relaxed))
    }

    /// Called by the pair's thread, once per batch.
    func store(_ counters: NetworkCounters) {
        received.store(counters.received, ordering: .relaxed)
        sent.store(counters.sent, ordering: .relaxed)
        lostReceiving.store(counters.droppedReceiving, ordering: .relaxed)
        lostSending.store(counters.droppedSending, ordering: .relaxed)
        filtered.store(counters.filtered, ordering: .relaxed)
    }
}
