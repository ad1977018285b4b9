// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The work of a queue pair: frames between its attachment and the two rings. The first pair serves the control queue
/// as well.
///
/// `@unchecked Sendable`: everything mutable belongs to the thread that called `begin()`; other threads reach
/// it through the mailbox alone, and read `progress` only while that thread has been told to rest.
final class NetworkWorker: NetworkPairWorker, @unchecked Sendable {
    /// Frames moved in one direction before the thread looks at its other events.
    static let budget = 64

    private let pair: Int
    private let attachment: (any FrameAttachment)?
    private let control: NetworkControl?
    private let link: NetworkLink
    private let tally: NetworkTally
    private let wires: VirtioWires
    private let poll: DevicePoll
    private let header = NetworkHeader()
    private let frame = BufferList(capacity: Int(VirtioNetwork.queueSize) + 1)
    private let nothing = BufferList(capacity: 1)
    private var receiving: ReceiveQueue?
    private var sending: DeviceQueue?
    private var features: UInt64 = 0
    private var counters = NetworkCounters()
    private var pace = SendingPace()
    private var filter: ReceiveFilter
    /// The driver uses this pair.
    private var isInUse: Bool
    private var isServing = false
    private var isRunning = true
    /// The attachment may hold a frame, or have room for one: not refused since it last said so.
    private var isReadable = true
    private var isWritable = true
    /// The attachment has been full once, and tells since then when it no longer is.
    private var watchesWriting = false
    /// The ring may hold a chain: not found empty since the last kick.
    private var hasBuffers = false
    private var hasFrames = false

    /// - Parameters:
    ///   - pair: The number of the pair, from 0.
    ///   - control: The control queue; the first pair has it.
    init(
        pair: Int, attachment: (any FrameAttachment)?, control: NetworkControl?, link: NetworkLink, tally: NetworkTally,
        wires: VirtioWires, mailbox: Mailbox
    ) throws(SystemCallError) {
        self.pair = pair
        self.attachment = attachment
        self.control = control
        self.link = link
        self.tally = tally
        self.wires = wires
        filter = link.settings.filter
        isInUse = pair == 0
        poll = try DevicePoll(mailbox: mailbox, wires: wires)
    }

    func begin() throws(SystemCallError) {
        let own = [VirtioNetwork.receiveIndex(pair), VirtioNetwork.transmitIndex(pair)]
        try poll.begin(queues: own + (control?.possibleIndexes.filter { !own.contains($0) } ?? []))
        if let attachment { try poll.watchReading(attachment.number, id: 0) }
        attachment?.setAttached(isInUse)
    }

    func step() throws(SystemCallError) -> Bool {
        if !isWritable && !watchesWriting { try watchWriting() }
        try poll.wait(isBusy: canReceive || canSend || canControl) { event in
            switch event {
            case .kick(let queue):
                control?.handleKick(queue)
                if queue == VirtioNetwork.receiveIndex(pair) { hasBuffers = true }
                if queue == VirtioNetwork.transmitIndex(pair) { hasFrames = true }
            case .descriptor(_, let events):
                if events.canRead { isReadable = true }
                if events.canWrite { isWritable = true }
            }
        }
        serve()
        return isRunning
    }

    func stop() {
        deactivate()
        isRunning = false
    }

    func adopt(_ settings: NetworkSettings) {
        filter = settings.filter
        let isWanted = pair < settings.pairCount
        guard isWanted != isInUse else { return }
        isInUse = isWanted
        if !isWanted { receiving?.putBack() }
        attachment?.setAttached(isWanted)
        lookAgain()
    }

    func activate(_ activation: VirtioActivation) {
        features = activation.features
        attachment?.negotiate(features)
        let receiveIndex = VirtioNetwork.receiveIndex(pair)
        // Without several pairs the second pair's first index is the control queue's (§5.1.2).
        if pair == 0 || activation.has(NetworkFeature.multipleQueues) {
            receiving = DeviceQueue(receiveIndex, of: activation, wires: wires).map {
                ReceiveQueue(queue: $0, isMergeable: activation.has(NetworkFeature.mergeableBuffers))
            }
            sending = DeviceQueue(VirtioNetwork.transmitIndex(pair), of: activation, wires: wires)
        }
        control?.activate(activation)
        wake()
    }

    func deactivate() {
        sleep()
        receiving = nil
        sending = nil
        control?.deactivate()
        attachment?.negotiate(0)
    }

    func sleep() {
        isServing = false
        receiving?.putBack()
    }

    func wake() {
        isServing = true
        control?.wake()
        lookAgain()
    }

    // Frames go by the link and the wires from the next step on.
    func conditionChanged() { lookAgain() }

    var progress: [(index: Int, layout: VirtqueueLayout)] {
        var result: [(index: Int, layout: VirtqueueLayout)] = []
        if let receiving { result.append((VirtioNetwork.receiveIndex(pair), receiving.queue.ring.progress)) }
        if let sending { result.append((VirtioNetwork.transmitIndex(pair), sending.ring.progress)) }
        if let control = control?.progress { result.append(control) }
        return result
    }

    private func lookAgain() {
        hasBuffers = true
        hasFrames = true
        isReadable = true
        isWritable = true
    }

    private var isUsable: Bool { isServing && !wires.isBroken }
    private var canControl: Bool { isUsable && control?.canServe == true }
    private var canReceive: Bool {
        isUsable && isInUse && isReadable && hasBuffers && receiving != nil && link.isUp
    }
    // Where the link is down, frames are taken and lost, as on a wire that is not plugged in.
    private var canSend: Bool { isUsable && isInUse && hasFrames && sending != nil && (isWritable || !link.isUp) }

    private func serve() {
        guard isUsable else { return }
        do {
            try control?.serve()
            // First what is left of a frame: a ring that is found empty would not come to it.
            if isWritable && isInUse { flush() }
            if canSend, let sending { try send(sending) }
            // Second, so that what the other side has to say to a frame is in the ring before the driver runs again.
            if canReceive, let receiving { try receive(receiving) }
        } catch {
            wires.breakDown()
        }
        // First, so that whoever hears of a frame finds it counted.
        tally.store(counters)
        receiving?.queue.announce()
        sending?.announce()
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
            case .frame where !filter.accepts(receiving.destination):
                // Its buffers are for the next one.
                counters.filtered &+= 1
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
        let byteCount = chain.readableByteCount - NetworkHeader.byteCount
        let result = attachment.send(frame, byteCount: byteCount, header: header)
        if result == .sent {
            if attachment.answersAtOnce { isReadable = true }
            pace.count(byteCount)
        }
        return result
    }

    private func watchWriting() throws(SystemCallError) {
        guard let attachment else { return }
        try poll.watchAgain(attachment.number, id: 0)
        watchesWriting = true
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
        guard link.hasPeer else { return }
        link.loseConnection()
        wires.configurationChanged()
    }
}
