// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host
internal import Synchronization

/// The work of a balloon: page numbers and ranges out of the rings, their memory back to the host.
///
/// `@unchecked Sendable`: everything mutable but the statistics and their interval, which guard themselves, belongs to
/// the thread that called `begin()`; other threads reach it through the mailbox alone, and read `progress` only while
/// that thread has been told to rest.
final class BalloonWorker: DeviceWorker, @unchecked Sendable {
    /// Linux reports at most 32 ranges at once, and wants a queue that takes them.
    static let queueSize: UInt16 = 128
    static let queueCount = 5
    /// Chains, or parts of a chain, served per queue before the thread looks at its other events.
    static let budget = 4
    /// Page numbers looked at together; a chain with more is served in parts.
    static let pageLimit = 1024

    private let wires: VirtioWires
    private let poll: DevicePoll
    private let registers: BalloonRegisters
    private let timer: TimerDescriptor
    private let readable = BufferList(capacity: Int(BalloonWorker.queueSize))
    private let writable = BufferList(capacity: Int(BalloonWorker.queueSize))
    private var queues = [DeviceQueue?](repeating: nil, count: BalloonWorker.queueCount)
    private var roles: [BalloonQueueRole] = []
    /// Chains may wait in a queue without a kick to come; never in one that the driver does not use.
    private var hasChains = [Bool](repeating: false, count: BalloonWorker.queueCount)
    private var memory: GuestMemory?
    private var isPoisonTold = false
    /// Bytes of the inflate queue's first chain that were served already.
    private var servedByteCount = 0
    /// The chain whose return asks the driver for new statistics.
    private var heldHead: UInt16?
    private var isDue = false
    private var isServing = false
    private var isRunning = true
    private let latest = Mutex(BalloonStatistics())
    private let interval = Atomic<UInt32>(0)

    init(registers: BalloonRegisters, wires: VirtioWires, mailbox: Mailbox) throws(SystemCallError) {
        self.registers = registers
        self.wires = wires
        timer = try TimerDescriptor()
        poll = try DevicePoll(mailbox: mailbox, wires: wires)
    }

    /// What the guest told last. Any thread.
    var statistics: BalloonStatistics { latest.withLock { $0 } }
    /// Seconds between two requests for statistics. Any thread; relaxed, because nothing hangs on it.
    var pollingInterval: UInt32 { interval.load(ordering: .relaxed) }

    func begin() throws(SystemCallError) {
        try poll.begin()
        try poll.watch(timer.number, id: 0)
    }

    func step() throws(SystemCallError) -> Bool {
        try poll.wait(isBusy: isUsable && hasChains.contains(true)) { event in
            switch event {
            case .kick(let queue): hasChains[queue] = queues[queue] != nil
            case .descriptor:
                timer.clear()
                isDue = true
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
        memory = activation.memory
        isPoisonTold = activation.has(BalloonFeature.pagePoison)
        for index in queues.indices { queues[index] = DeviceQueue(index, of: activation, wires: wires) }
        roles = queues.indices.map { BalloonQueueRole(of: $0, activation) }
        wake()
    }

    func deactivate() {
        sleep()
        queues = queues.map { _ in nil }
        roles = []
        memory = nil
        heldHead = nil
        servedByteCount = 0
        isDue = false
        latest.withLock { $0 = BalloonStatistics() }
    }

    func sleep() {
        isServing = false
    }

    func wake() {
        isServing = true
        hasChains = queues.map { $0 != nil }
    }

    var progress: [VirtqueueLayout?] {
        queues.enumerated().map { index, queue in
            guard var layout = queue?.ring.progress else { return nil }
            // Elsewhere the chain is taken anew.
            if index == BalloonQueueRole.statisticsIndex, heldHead != nil { layout.nextAvailable &-= 1 }
            return layout
        }
    }

    func setPollingInterval(_ seconds: UInt32) {
        let before = interval.exchange(seconds, ordering: .relaxed)
        if before == 0 && seconds > 0 {
            isDue = true
        } else {
            schedule()
        }
    }

    private func schedule() {
        isDue = false
        if pollingInterval == 0 { timer.set(nil) } else { timer.set(afterMilliseconds: Int(pollingInterval) * 1000) }
    }

    private var isUsable: Bool { isServing && !wires.isBroken }

    private func serve() {
        guard isUsable else { return }
        do {
            for (index, role) in roles.enumerated() {
                guard let queue = queues[index] else { continue }
                if hasChains[index] { hasChains[index] = try serve(queue, role) }
                if role == .statistics { askForStatistics(queue) }
            }
        } catch {
            wires.breakDown()
        }
        for queue in queues { queue?.announce() }
    }

    /// Serves chains within the budget; true if more may wait.
    private func serve(_ queue: DeviceQueue, _ role: BalloonQueueRole) throws(VirtqueueError) -> Bool {
        guard role != .unused else { return false }
        queue.ring.disableNotifications()
        for _ in 0..<Self.budget {
            guard let chain = try queue.ring.pop(readable: readable, writable: writable) else {
                return queue.ring.enableNotifications()
            }
            switch role {
            case .inflate: try inflate(chain, of: queue)
            case .deflate:
                // A page taken back needs nothing: it reads as zeros until it is written.
                try Self.check(chain, isReadable: true)
                queue.ring.push(head: chain.head, byteCount: 0)
            case .statistics: try note(chain, of: queue)
            case .reports: try discardReported(chain, of: queue)
            case .unused: break
            }
        }
        return true
    }

    /// Gives the pages of a chain, or of its next part, back to the host.
    private func inflate(_ chain: DescriptorChain, of queue: DeviceQueue) throws(VirtqueueError) {
        try Self.check(chain, isReadable: true)
        guard let memory, chain.readableByteCount.isMultiple(of: PageRuns.numberByteCount) else {
            throw .malformedRequest
        }
        // The driver may have made the chain shorter since its first part was served.
        readable.dropFirst(min(servedByteCount, chain.readableByteCount))
        let bytes = readable.prefix(Self.pageLimit * PageRuns.numberByteCount)
        for run in PageRuns(numbers: bytes) {
            do {
                try memory.discard(
                    at: GuestAddress(UInt64(run.lowerBound) * VirtioBalloon.pageByteCount),
                    byteCount: run.count * Int(VirtioBalloon.pageByteCount))
            } catch { throw .memory(error) }
        }
        servedByteCount += bytes.count
        if servedByteCount < chain.readableByteCount { return queue.ring.unpop() }
        servedByteCount = 0
        queue.ring.push(head: chain.head, byteCount: 0)
    }

    /// Gives reported ranges back to the host; they read as zeros, so a guest with another poison keeps them.
    private func discardReported(_ chain: DescriptorChain, of queue: DeviceQueue) throws(VirtqueueError) {
        try Self.check(chain, isReadable: false)
        if !isPoisonTold || registers.poison == 0 { memory?.discard(writable) }
        queue.ring.push(head: chain.head, byteCount: 0)
    }

    /// Takes the guest's statistics, and keeps the chain until new ones are wanted (§5.5.6.3).
    private func note(_ chain: DescriptorChain, of queue: DeviceQueue) throws(VirtqueueError) {
        try Self.check(chain, isReadable: true)
        if let heldHead { queue.ring.push(head: heldHead, byteCount: 0) }
        heldHead = chain.head
        let records = readable.prefix(BalloonStatistics.recordLimit * BalloonStatistics.recordByteCount)
        let statistics = BalloonStatistics(records: records, at: FixedDevices.secondsOfDay())
        latest.withLock { $0 = statistics }
        schedule()
    }

    private func askForStatistics(_ queue: DeviceQueue) {
        guard isDue, let head = heldHead else { return }
        isDue = false
        heldHead = nil
        queue.ring.push(head: head, byteCount: 0)
    }

    private static func check(_ chain: DescriptorChain, isReadable: Bool) throws(VirtqueueError) {
        let (wanted, other) =
            isReadable
            ? (chain.readableByteCount, chain.writableByteCount) : (chain.writableByteCount, chain.readableByteCount)
        guard wanted > 0, other == 0 else { throw .malformedRequest }
    }
}
