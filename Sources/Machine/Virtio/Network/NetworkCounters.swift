// SPDX-License-Identifier: Apache-2.0

/// Frames that a network card has moved and lost, in the guest's direction and out of it.
package struct NetworkCounters: Equatable, Sendable {
    package var received: UInt64 = 0
    package var sent: UInt64 = 0
    package var droppedReceiving: UInt64 = 0
    package var droppedSending: UInt64 = 0

    package init(
        received: UInt64 = 0, sent: UInt64 = 0, droppedReceiving: UInt64 = 0, droppedSending: UInt64 = 0
    ) {
        self.received = received
        self.sent = sent
        self.droppedReceiving = droppedReceiving
        self.droppedSending = droppedSending
    }
}
