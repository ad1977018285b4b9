// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The work of a device with one queue: requests out of the ring, one after the other, and answers into it.
///
/// `@unchecked Sendable`: everything mutable, the service included, belongs to the thread that called `begin()`; other
/// threads reach it through the mailbox alone, and read `progress` and the service's state only while that thread has
/// been told to rest.
final class RequestWorker<Service: RequestService>: DeviceWorker, @unchecked Sendable {
    let service: Service
    private let wires: VirtioWires
    private let poll: DevicePoll
    private let readable = BufferList(capacity: Int(Service.queueSize))
    private let writable = BufferList(capacity: Int(Service.queueSize))
    private var queue: DeviceQueue?
    private var isServing = false
    private var isRunning = true
    /// Requests may wait in the ring without a kick to come.
    private var isBusy = false

    init(_ service: Service, wires: VirtioWires, mailbox: Mailbox) throws(SystemCallError) {
        self.service = service
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
        service.reset()
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
            isBusy = try answer(queue)
        } catch {
            wires.breakDown()
        }
        queue.announce()
    }

    /// Serves requests within the budget; true if more may wait.
    private func answer(_ queue: DeviceQueue) throws(VirtqueueError) -> Bool {
        queue.ring.disableNotifications()
        for _ in 0..<Service.budget {
            guard let chain = try queue.ring.pop(readable: readable, writable: writable) else {
                return queue.ring.enableNotifications()
            }
            let count = try service.answer(chain, readable, writable)
            queue.ring.push(head: chain.head, byteCount: UInt32(truncatingIfNeeded: count))
        }
        return true
    }
}
