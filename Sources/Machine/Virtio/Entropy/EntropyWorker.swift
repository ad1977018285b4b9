// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The work of an entropy source: buffers out of the ring, random bytes into them.
///
/// `@unchecked Sendable`: everything mutable belongs to the thread that called `begin()`; other threads reach
/// it through the mailbox alone, and read `progress` only while that thread has been told to rest.
final class EntropyWorker: DeviceWorker, @unchecked Sendable {
    static let queueSize: UInt16 = 64
    /// Bytes that one request receives at most; a driver may get fewer than it asked for (§5.4.6).
    static let requestLimit = 64 << 10
    /// Requests served before the thread looks at its other events.
    static let budget = 8

    private let wires: VirtioWires
    private let poll: DevicePoll
    private let readable = BufferList(capacity: Int(EntropyWorker.queueSize))
    private let writable = BufferList(capacity: Int(EntropyWorker.queueSize))
    private var queue: DeviceQueue?
    private var isServing = false
    private var isRunning = true
    /// Requests may wait in the ring without a kick to come.
    private var isBusy = false

    init(wires: VirtioWires, mailbox: Mailbox) throws(SystemCallError) {
        self.wires = wires
        poll = try DevicePoll(mailbox: mailbox, wires: wires)
    }

    func begin() throws(SystemCallError) {
        try poll.begin()
    }

    func step() throws(SystemCallError) -> Bool {
        try poll.wait(isBusy: isBusy) { _ in isBusy = true }
        if isBusy { serve() }
        return isRunning
    }

    func stop() {
        deactivate()
        isRunning = false
    }

    func activate(_ activation: VirtioActivation) {
        queue = DeviceQueue(0, of: activation, wires: wires)
        wake()
    }

    func deactivate() {
        sleep()
        queue = nil
    }

    func sleep() {
        isServing = false
        isBusy = false
    }

    func wake() {
        isServing = true
        isBusy = true
    }

    var progress: [VirtqueueLayout?] { [queue?.ring.progress] }

    private func serve() {
        isBusy = false
        guard isServing, let queue, !wires.isBroken else { return }
        do {
            isBusy = try fill(from: queue)
        } catch {
            wires.breakDown()
        }
        queue.announce()
    }

    /// Serves requests within the budget; true if more may wait.
    private func fill(from queue: DeviceQueue) throws(VirtqueueError) -> Bool {
        queue.ring.disableNotifications()
        for _ in 0..<Self.budget {
            guard let chain = try queue.ring.pop(readable: readable, writable: writable) else {
                return queue.ring.enableNotifications()
            }
            // The driver offers buffers to write and nothing else (§5.4.6.1).
            guard chain.writableByteCount > 0, chain.readableByteCount == 0 else { throw .malformedRequest }
            let count = writable.fillRandomly(limit: Self.requestLimit)
            queue.ring.push(head: chain.head, byteCount: UInt32(max(0, count)))
        }
        return true
    }
}
