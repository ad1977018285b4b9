// SPDX-License-Identifier: Apache-2.0

/// Frames that a network card has moved and lost, in the guest's direction and out of it. What the kernel moves
/// (vhost-net) is not among them.
package struct NetworkCounters: Equatable, Sendable {
    package var received: UInt64 = 0
    package var sent: UInt64 = 0
    package var droppedReceiving: UInt64 = 0
    package var droppedSending: UInt64 = 0
    /// Frames that the driver did not want.
    package var filtered: UInt64 = 0

    package init(
        received: UInt64 = 0, sent: UInt64 = 0, droppedReceiving: UInt64 = 0, droppedSending: UInt64 = 0,
        filtered: UInt64 = 0
    ) {
        self.received = received
        self.sent = sent
        self.droppedReceiving = droppedReceiving
        self.droppedSending = droppedSending
        self.filtered = filtered
    }

    static func + (one: NetworkCounters, other: NetworkCounters) -> NetworkCounters {
        NetworkCounters(
            received: one.received &+ other.received, sent: one.sent &+ other.sent,
            droppedReceiving: one.droppedReceiving &+ other.droppedReceiving,
            droppedSending: one.droppedSending &+ other.droppedSending, filtered: one.filtered &+ other.filtered)
    }
}
