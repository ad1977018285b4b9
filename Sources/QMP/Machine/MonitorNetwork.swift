// SPDX-License-Identifier: Apache-2.0

/// A network card and what its driver wants to receive, as `query-rx-filter` tells of it.
package struct MonitorNetwork: Equatable, Sendable {
    /// How much of a kind of frame passes (`RxState` in QEMU 7.2).
    package enum Reception: String, Equatable, Sendable {
        case none
        /// What is in the table, and for single addresses the card's own.
        case normal
        case all
    }

    /// The name of the card in the monitor, such as `net0`.
    package var name: String
    package var isPromiscuous = false
    package var multicast = Reception.normal
    package var unicast = Reception.normal
    package var isBroadcastAllowed = true
    package var hasMulticastOverflow = false
    package var hasUnicastOverflow = false
    /// The card's address, as text; the others likewise.
    package var address: String
    package var unicastTable: [String] = []
    package var multicastTable: [String] = []

    /// Makes the description of a card that receives its own frames and those for everyone.
    package init(name: String, address: String) {
        self.name = name
        self.address = address
    }
}
