// SPDX-License-Identifier: Apache-2.0

/// A network card of the machine (virtio-net) and what it is connected to.
package struct NetworkConfiguration: Equatable, Sendable {
    /// The longest name of a network interface of the host, in bytes (IFNAMSIZ without the closing NUL).
    package static let maximumInterfaceNameByteCount = 15
    /// How many queue pairs a card may have: each queue has an interrupt vector, and a card has 64.
    package static let allowedQueueCounts = 1...31
    /// The largest packet that a guest can be told to send, in bytes (virtio 1.2 §5.1.4).
    package static let allowedPacketSizes = 68...65535
    /// The largest that passt takes.
    static let largestUserPacketSize = 65520

    /// What the card is connected to.
    package var attachment: NetworkAttachment
    /// The card's address, or `nil` to derive it: see `MachineConfiguration.macAddress(ofNetwork:)`.
    package var mac: MACAddress?
    /// Queue pairs; more than one on a TAP interface that was made for several.
    package var queueCount = 1
    /// The largest packet, in bytes; `nil` leaves it to the guest.
    package var mtu: Int?
    /// The host's kernel moves the frames (vhost-net), on a TAP interface.
    package var vhost = false
    /// Open descriptors of /dev/vhost-net, one for each queue pair; the launcher gives none.
    package var vhostDescriptors: [Int32] = []
    /// An eventfd that each of the card's threads signals when it has begun; the launcher gives `nil`.
    package var startEvent: Int32?
    /// Where the card's threads run; `nil` leaves it to the host's scheduler.
    package var processors: NetworkProcessors?

    /// Makes a card connected to `attachment`.
    package init(attachment: NetworkAttachment, mac: MACAddress? = nil) {
        self.attachment = attachment
        self.mac = mac
    }
}
