// SPDX-License-Identifier: Apache-2.0
internal import Host

/// What a device asks of the backend that serves its rings.
///
/// Belongs to one thread at a time. The backend is told guest addresses as if they were this process's: it learns
/// nothing of this process's address space.
final class VhostUserFrontEnd {
    private static let ringStateByteCount = 8

    private let connection: VhostUserConnection
    /// What the backend can do as a virtio device.
    let features: UInt64
    /// How many queues the backend serves; `nil` where it does not say.
    let queueCount: UInt64?

    /// Agrees with the backend on the protocol; waits for its answers.
    ///
    /// - Parameters:
    ///   - socket: A connected stream socket.
    ///   - timeoutMilliseconds: How long the backend may take over a conversation.
    init(
        owning socket: consuming Descriptor, timeoutMilliseconds: CInt = VhostUserConnection.timeoutMilliseconds
    ) throws(VhostUserError) {
        let connection = VhostUserConnection(owning: socket, timeoutMilliseconds: timeoutMilliseconds)
        self.connection = connection
        features = try connection.ask(.getFeatures, replyByteCount: 8).quad(at: 0)
        guard features & VhostUserFeature.protocolFeatures != 0 else { throw .lacks("protocol features") }
        guard features & VirtioFeature.version1 != 0 else { throw .lacks("virtio 1.x") }
        let offered = try connection.ask(.getProtocolFeatures, replyByteCount: 8).quad(at: 0)
        // Without it nothing tells that a request has failed.
        guard offered & VhostUserFeature.replyAcknowledge != 0 else { throw .lacks("acknowledged requests") }
        let agreed = offered & (VhostUserFeature.multipleQueues | VhostUserFeature.replyAcknowledge)
        try connection.tell(.setProtocolFeatures, VhostUserPayload(agreed))
        connection.acknowledges = true
        let hasCount = agreed & VhostUserFeature.multipleQueues != 0
        queueCount = hasCount ? try connection.ask(.getQueueCount, replyByteCount: 8).quad(at: 0) : nil
        try connection.tell(.setOwner)
    }

    /// Gives the backend its time for the requests from here on.
    func beginConversation() { connection.beginConversation() }

    /// Readable when the backend has closed.
    var number: CInt { connection.number }

    /// Whether the backend has closed or speaks unasked.
    var isDisturbed: Bool { connection.isDisturbed }

    /// Tells the backend what the driver has agreed on and where the guest's memory is.
    func prepare(_ activation: VirtioActivation) throws(VhostUserError) {
        guard let file = activation.memory.file else { throw .privateMemory }
        try connection.tell(
            .setFeatures, VhostUserPayload(activation.features | VhostUserFeature.protocolFeatures))
        let regions = activation.memory.sharedRegions
        var table = VhostUserPayload()
        table.append(UInt32(regions.count))
        table.append(UInt32(0))
        for region in regions {
            table.append(region.address.rawValue)
            table.append(region.byteCount)
            table.append(region.address.rawValue)
            table.append(region.fileOffset)
        }
        try connection.tell(
            .setMemoryTable, table, descriptors: regions.map { _ in file.descriptor.borrowed })
    }

    /// Has the backend serve a ring from where it stands.
    func start(_ ring: Int, _ layout: VirtqueueLayout, wires: VirtioWires) throws(VhostUserError) {
        try connection.tell(.setRingSize, VhostUserPayload(ring: ring, UInt32(layout.size)))
        try connection.tell(.setRingBase, VhostUserPayload(ring: ring, UInt32(layout.nextAvailable)))
        // No flags: the backend keeps no log of what it writes.
        var addresses = VhostUserPayload(ring: ring, 0)
        addresses.append(layout.descriptors.rawValue)
        addresses.append(layout.used.rawValue)
        addresses.append(layout.available.rawValue)
        addresses.append(UInt64(0))
        try connection.tell(.setRingAddresses, addresses)
        let number = VhostUserPayload(UInt64(ring))
        try connection.tell(.setRingCall, number, descriptors: [wires.callDescriptor(ring)])
        try connection.tell(.setRingKick, number, descriptors: [wires.kickDescriptor(ring)])
        try connection.tell(.setRingEnable, VhostUserPayload(ring: ring, 1))
    }

    /// Has the backend finish what it has taken from a ring and leave it alone.
    ///
    /// - Returns: The next chain that is to be taken.
    func stop(_ ring: Int) throws(VhostUserError) -> UInt16 {
        let state = try connection.ask(
            .getRingBase, VhostUserPayload(ring: ring, 0), replyByteCount: Self.ringStateByteCount)
        guard state.long(at: 0) == UInt32(ring), let base = UInt16(exactly: state.long(at: 4)) else {
            throw .malformedReply(.getRingBase)
        }
        return base
    }
}
