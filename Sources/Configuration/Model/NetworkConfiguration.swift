// SPDX-License-Identifier: Apache-2.0

/// A network card of the machine (virtio-net) and what it is connected to.
package struct NetworkConfiguration: Equatable, Sendable {
    /// The longest name of a network interface of the host, in bytes (IFNAMSIZ without the closing NUL).
    package static let maximumInterfaceNameByteCount = 15
    /// How many TAP queues a card may have: one pair of rings, one queue.
    package static let allowedTapQueueCounts = 1...1

    /// What the card is connected to.
    package var attachment: NetworkAttachment
    /// The card's address, or `nil` to derive it: see `MachineConfiguration.macAddress(ofNetwork:)`.
    package var mac: MACAddress?

    /// Makes a card connected to `attachment`.
    package init(attachment: NetworkAttachment, mac: MACAddress? = nil) {
        self.attachment = attachment
        self.mac = mac
    }
}
