// SPDX-License-Identifier: Apache-2.0

/// What a driver has asked of a network card by the control queue.
package struct NetworkSettings: Equatable, Sendable {
    package var filter: ReceiveFilter
    /// Queue pairs in use, from the first on.
    package var pairCount = 1
    /// The card asks the driver to announce itself (§5.1.4, VIRTIO_NET_S_ANNOUNCE).
    package var isAnnouncing = false

    /// What holds before a driver has asked for anything.
    package init(address: UInt64) {
        filter = ReceiveFilter(address: address)
    }
}
