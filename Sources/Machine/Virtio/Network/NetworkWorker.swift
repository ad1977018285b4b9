// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The work of a network card: frames between its attachment and the two rings.
///
/// `@unchecked Sendable`: everything mutable belongs to the thread that called `begin()`; other threads reach
/// it through the mailbox alone, and read `progress` only while that thread has been told to rest.
final class NetworkWorker: DeviceWorker, @unchecked Sendable {
    /// Frames moved in one direction before the thread looks at its other events.
    static let budget = 64

    private let attachment: (any FrameAttachment)?
    private let link: NetworkLink
    private let wires: VirtioWires
    private let poll: DevicePoll
    private let header = NetworkHeader()
    private let frame = BufferList(capacity: Int(VirtioNetwork.queueSize) + 1)
    private let nothing = BufferList(capacity: 1)
    private var receiving: ReceiveQueue?
    private var sending: DeviceQueue?
    private var features: UInt64 = 0
    private var counters = NetworkCounters()
    private var isServing = false
    private var isRunning = true
    /// The attachment may hold a frame, or have room for one: not refused since it last said so.
    private var isReadable = true
    private var isWritable = true
    /// The ring may hold a chain: not found empty since the last kick.
    private var hasBuffers = false
    private var hasFrames = false

    init(
        attachment: (any FrameAttachment)?, link: NetworkLink, wires: VirtioWires, mailbox: Mailbox
    ) throws(SystemCallError) {
        self.attachment = attachment
        self.link = link
        self.wires = wires
        poll = try DevicePoll(mailbox: mailbox, wires: wires)
    }

    func begin() throws(SystemCallError) {
        try poll.begin()
        if let attachment { try poll.watch(attachment.number, id: 0) }
    }

    func step() throws(SystemCallError) -> Bool {
        try poll.wait(isBusy: canReceive || canSend) { event in
            switch event {
            case .kick(VirtioNetwork.receiveIndex): hasBuffers = true
            case .kick: hasFrames = true
            case .descriptor(_, let events):
                if !events.isDisjoint(with: [.readable, .hungUp, .failed]) { isReadable = true }
                if events.contains(.writable) { isWritable = true }
            }
        }
        serve()
        return isRunning
    }

    func stop() {
        deactivate()
        isRunning = false
    }

    func activate(_ activation: VirtioActivation) {
        features = activation.features
        attachment?.negotiate(features)
        receiving = DeviceQueue(VirtioNetwork.receiveIndex, of: activation, wires: wires).map {
            ReceiveQueue(queue: $0, isMergeable: activation.has(NetworkFeature.mergeableBuffers))
        }
        sending = DeviceQueue(VirtioNetwork.transmitIndex, of: activation, wires: wires)
        wake()
    }

    func deactivate() {
        sleep()
        receiving = nil
        sending = nil
        attachment?.negotiate(0)
    }

    func sleep() {
        isServing = false
        receiving?.putBack()
    }

    func wake() {
        isServing = true
        hasBuffers = true
        hasFrames = true
        isReadable = true
        isWritable = true
    }

    var progress: [VirtqueueLayout?] { [receiving?.queue.ring.progress, sending?.ring.progress] }

    private var isUsable: Bool { isServing && !wires.isBroken }
    private var canReceive: Bool { isUsable && isReadable && hasBuffers && receiving != nil && link.isUp }
    // Where the link is down, frames are taken and lost, as on a wire that is not plugged in.
    private var canSend: Bool { isUsable && hasFrames && sending != nil && (isWritable || !link.isUp) }

    private func serve() {
        guard isUsable else { return }
        do {
            if canReceive, let receiving { try receive(receiving) }
            // First what is left of a frame: a ring that is found empty would not come to it.
            if isWritable { flush() }
            if canSend, let sending { try send(sending) }
        } catch {
            wires.breakDown()
        }
        receiving?.queue.announce()
        sending?.announce()
        link.store(counters)
    }

    private func receive(_ receiving: ReceiveQueue) throws(VirtqueueError) {
        guard let attachment else { return }
        for _ in 0..<Self.budget {
            try receiving.gather()
            guard receiving.byteCount >= NetworkHeader.byteCount || receiving.isFull else {
                guard receiving.queue.ring.enableNotifications() else { return hasBuffers = false }
                continue
            }
            switch attachment.receive(into: receiving.buffers, byteCount: receiving.byteCount) {
            case .frame(let byteCount):
                receiving.deliver(byteCount, keepsFlags: features & NetworkFeature.guestChecksum != 0)
                counters.received &+= 1
            case .empty: return isReadable = false
            case .tooLong where receiving.isFull:
                attachment.dropFrame()
                counters.droppedReceiving &+= 1
            case .tooLong:
                guard receiving.queue.ring.enableNotifications() else { return hasBuffers = false }
            case .dropped: counters.droppedReceiving &+= 1
            case .closed: return disconnect()
            }
        }
    }

    private func send(_ sending: DeviceQueue) throws(VirtqueueError) {
        sending.ring.disableNotifications()
        for _ in 0..<Self.budget {
            frame.removeAllKeepingFront()
            nothing.removeAll()
            guard let chain = try sending.ring.popAppending(readable: frame, writable: nothing) else {
                guard sending.ring.enableNotifications() else { return hasFrames = false }
                continue
            }
            guard chain.writableByteCount == 0 else { throw .malformedRequest }
            switch send(chain) {
            case .full:
                sending.ring.unpop()
                return isWritable = false
            case .closed:
                disconnect()
                counters.droppedSending &+= 1
            case .dropped: counters.droppedSending &+= 1
            case .sent: counters.sent &+= 1
            }
            sending.ring.push(head: chain.head, byteCount: 0)
        }
    }

    private func send(_ chain: DescriptorChain) -> FrameTransmission {
        guard let attachment, link.isUp else { return .dropped }
        guard header.take(from: frame, byteCount: chain.readableByteCount, features: features) else { return .dropped }
        return attachment.send(
            frame, byteCount: chain.readableByteCount - NetworkHeader.byteCount, header: header)
    }

    private func flush() {
        guard let attachment, link.isUp else { return }
        switch attachment.flush() {
        case .full: isWritable = false
        case .closed: disconnect()
        case .sent, .dropped: break
        }
    }

    private func disconnect() {
        guard link.isUp else { return }
        link.goDown()
        wires.configurationChanged()
    }
}
