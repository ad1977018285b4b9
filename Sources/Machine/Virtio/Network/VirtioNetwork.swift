// SPDX-License-Identifier: Apache-2.0
package import Configuration
package import Host
internal import Synchronization

/// A virtio network card (virtio 1.2 §5.1) with one queue pair or several, each served by a thread of its own, and a
/// control queue, which the first pair's thread serves.
package final class VirtioNetwork: ThreadedDevice {
    package let deviceID: UInt16 = 1
    package let offeredFeatures: UInt64
    package let queueSizes: [UInt16]
    package let wires: VirtioWires
    private let pairs: [NetworkPair]
    private let link: NetworkLink
    private let initial: NetworkSettings
    private let maximumTransmissionUnit: UInt16
    // Relaxed: written and read under the bus lock, or by the one thread that restores.
    private let wasRestored = Atomic<Bool>(false)
    // Relaxed: a hint for `announce`; what is announced to a driver that does not listen changes a bit that it ignores.
    private let acceptedFeatures = Atomic<UInt64>(0)

    /// The most queue pairs: with the control queue and the configuration they have a vector each.
    static let pairLimit = NetworkConfiguration.allowedQueueCounts.upperBound
    static let queueSize: UInt16 = 256
    static func receiveIndex(_ pair: Int) -> Int { 2 * pair }
    static func transmitIndex(_ pair: Int) -> Int { 2 * pair + 1 }

    /// Prepares the card; its threads call `begin()`.
    ///
    /// - Parameters:
    ///   - backend: What the card is connected to, with 1 to `pairLimit` queue pairs.
    ///   - mtu: The largest packet that the driver is told of, 68 to 65535; nothing by default.
    ///   - started: Signalled once by each thread, when it has begun.
    package init(
        _ backend: NetworkBackend, address: MACAddress, mtu: UInt16? = nil, started: NetworkStartEvent? = nil
    ) throws(SystemCallError) {
        let count = backend.pairCount
        precondition(1...Self.pairLimit ~= count, "a card has 1 to 31 queue pairs")
        let wires = try VirtioWires(queueCount: 2 * count + 1)
        initial = NetworkSettings(address: address.rawValue)
        let link = NetworkLink(isUp: backend.isConnected, settings: initial)
        queueSizes = [UInt16](repeating: Self.queueSize, count: 2 * count) + [NetworkControl.queueSize]
        maximumTransmissionUnit = mtu ?? 0
        offeredFeatures =
            (VirtioFeature.common | NetworkFeature.hardwareAddress | NetworkFeature.status
                | NetworkFeature.mergeableBuffers | NetworkFeature.control | backend.features
                | (count > 1 ? NetworkFeature.multipleQueues : 0)
                | (mtu == nil ? 0 : NetworkFeature.maximumTransmissionUnit)) & ~backend.missingFeatures
        self.wires = wires
        self.link = link
        pairs = try Self.makePairs(backend, link: link, wires: wires, started: started)
    }

    /// Prepares a card with one queue pair.
    package convenience init(
        attachment: (any FrameAttachment)?, address: MACAddress, mtu: UInt16? = nil
    ) throws(SystemCallError) {
        try self.init(attachment.map { .frames([$0]) } ?? .none, address: address, mtu: mtu)
    }

    package var companions: [any ServingThread] { Array(pairs.dropFirst()) }

    package func begin() throws(SystemCallError) { try pairs[0].begin() }
    package func step() throws(SystemCallError) -> Bool { try pairs[0].step() }
    package func close() { pairs[0].close() }

    package func stop() {
        for pair in pairs { pair.stop() }
    }

    package func activate(_ activation: VirtioActivation) throws(VirtqueueError) {
        guard activation.queues.count == queueSizes.count else { throw .malformedRequest }
        for index in queueSizes.indices { _ = try activation.queue(index) }
        acceptedFeatures.store(activation.features, ordering: .relaxed)
        let settings = link.settings
        for pair in pairs {
            pair.perform { worker in
                worker.adopt(settings)
                worker.activate(activation)
            }
        }
    }

    package func deactivate() {
        for pair in pairs { pair.perform { $0.deactivate() } }
        let initial = initial
        link.change { $0 = initial }
        for pair in pairs { pair.perform { $0.adopt(initial) } }
        acceptedFeatures.store(0, ordering: .relaxed)
        wasRestored.store(false, ordering: .relaxed)
    }

    package func sleep() {
        for pair in pairs { pair.perform { $0.sleep() } }
    }

    package func wake() {
        for pair in pairs { pair.perform { $0.wake() } }
        // On another host the network has to learn where the card is now.
        if wasRestored.exchange(false, ordering: .relaxed) { announce() }
    }

    package var queueProgress: [VirtqueueLayout?] {
        var result = [VirtqueueLayout?](repeating: nil, count: queueSizes.count)
        for pair in pairs {
            for (index, layout) in pair.worker.progress { result[index] = layout }
        }
        return result
    }

    package var deviceStateBytes: [UInt8] { NetworkState(link.settings).encoded }

    package func restoreDeviceState(_ bytes: [UInt8]) throws(StateError) {
        let settings = try NetworkState(encoded: bytes).settings(pairLimit: pairs.count)
        link.change { $0 = settings }
        wasRestored.store(true, ordering: .relaxed)
    }

    /// The address, the status, the most queue pairs, the largest packet (§5.1.4).
    package func readConfiguration(at offset: UInt64, width: AccessWidth) -> UInt64 {
        width.value(at: offset, of: configurationBytes)
    }

    package func writeConfiguration(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        // No field is the driver's to write once VERSION_1 is agreed on (§5.1.4).
    }

    private var configurationBytes: [UInt8] {
        let fields = [link.status, UInt16(pairs.count), maximumTransmissionUnit]
        return MACAddress(rawValue: link.settings.filter.address).bytes
            + fields.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }

    private static func makePairs(
        _ backend: NetworkBackend, link: NetworkLink, wires: VirtioWires, started: NetworkStartEvent?
    ) throws(SystemCallError) -> [NetworkPair] {
        let roster = NetworkRoster()
        let control = NetworkControl(link: link, wires: wires, pairLimit: backend.pairCount, apply: roster.apply)
        var pairs: [NetworkPair] = []
        for index in 0..<backend.pairCount {
            let mailbox = try Mailbox()
            let tally = NetworkTally()
            let own = index == 0 ? control : nil
            let worker: any NetworkPairWorker
            switch backend {
            case .none:
                worker = try NetworkWorker(
                    pair: index, attachment: nil, control: own, link: link, tally: tally, wires: wires,
                    mailbox: mailbox)
            case .frames(let attachments):
                worker = try NetworkWorker(
                    pair: index, attachment: attachments[index], control: own, link: link, tally: tally, wires: wires,
                    mailbox: mailbox)
            case .kernel(let devices):
                worker = try VhostWorker(
                    pair: index, device: devices[index], control: own, link: link, roster: roster, wires: wires,
                    mailbox: mailbox)
            }
            pairs.append(NetworkPair(worker, tally: tally, mailbox: mailbox, started: started))
        }
        roster.pairs = pairs
        return pairs
    }
}

/// What the monitor and measurements ask of a card. Any thread.
extension VirtioNetwork {
    /// The frames so far that this process has moved; as of the last batches.
    package var counters: NetworkCounters { pairs.reduce(NetworkCounters()) { $0 + $1.tally.counters } }

    /// Whether frames pass.
    package var isLinkUp: Bool { link.isUp }

    /// What the driver has asked for by the control queue.
    package var settings: NetworkSettings { link.settings }

    /// Takes the link down or lets it up, as far as the other side is there. Waits for the card's threads.
    package func setLink(isUp: Bool) {
        let before = link.isUp
        link.hold(down: !isUp)
        guard link.isUp != before else { return }
        for pair in pairs { pair.perform { $0.conditionChanged() } }
        wires.configurationChanged()
    }

    /// Has the driver announce itself to the network; false where it did not say that it can (§5.1.6.5.4).
    @discardableResult
    package func announce() -> Bool {
        let needed = NetworkFeature.guestAnnounce | NetworkFeature.controlQueue | NetworkFeature.status
        guard acceptedFeatures.load(ordering: .relaxed) & needed == needed else { return false }
        link.change { $0.isAnnouncing = true }
        wires.configurationChanged()
        return true
    }
}
