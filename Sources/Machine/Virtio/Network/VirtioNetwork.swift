// SPDX-License-Identifier: Apache-2.0
package import Configuration
package import Host

/// A virtio network card (virtio 1.2 §5.1) with one pair of queues, served by one thread of its own.
package final class VirtioNetwork: WorkerDevice {
    package let deviceID: UInt16 = 1
    package let offeredFeatures: UInt64
    package let queueSizes: [UInt16] = [VirtioNetwork.queueSize, VirtioNetwork.queueSize]
    package let wires: VirtioWires
    let worker: NetworkWorker
    let mailbox: Mailbox
    private let link: NetworkLink
    private let address: [UInt8]

    static let queueSize: UInt16 = 256
    static let receiveIndex = 0
    static let transmitIndex = 1

    /// Prepares the card; its thread calls `begin()`.
    ///
    /// - Parameter attachment: What the card is connected to; without one its link is down.
    package init(attachment: (any FrameAttachment)?, address: MACAddress) throws(SystemCallError) {
        wires = try VirtioWires(queueCount: 2)
        mailbox = try Mailbox()
        link = NetworkLink(isUp: attachment != nil)
        self.address = address.bytes
        offeredFeatures =
            VirtioFeature.common | NetworkFeature.hardwareAddress | NetworkFeature.status
            | NetworkFeature.mergeableBuffers | (attachment?.features ?? 0)
        worker = try NetworkWorker(attachment: attachment, link: link, wires: wires, mailbox: mailbox)
    }

    /// The frames so far; as of the last batch.
    package var counters: NetworkCounters { link.counters }

    /// Whether the other side of the attachment is there.
    package var isLinkUp: Bool { link.isUp }

    /// The address, then the status: bit 0 is "link up" (§5.1.4).
    package func readConfiguration(at offset: UInt64, width: AccessWidth) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<UInt64(width.rawValue) {
            let position = offset &+ index
            if position < 6 {
                value |= UInt64(address[Int(position)]) << (8 * index)
            } else if position == 6 {
                value |= (link.isUp ? 1 : 0) << (8 * index)
            }
        }
        return value
    }

    package func writeConfiguration(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        // No field is the driver's to write once VERSION_1 is agreed on (§5.1.4).
    }
}
