// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The life cycle of a device whose queues a backend serves: kicks and calls go between the guest and the backend, and
/// this thread sees none of them.
///
/// `@unchecked Sendable`: everything mutable belongs to the thread that called `begin()`; other threads reach
/// it through the mailbox alone, and read `progress` only while that thread has been told to rest.
final class FileSystemWorker: DeviceWorker, @unchecked Sendable {
    /// `nil` once the backend has gone, or cannot be trusted any more: there is no way back. That closes the connection,
    /// so that a backend which is only slow leaves the rings alone.
    private var frontEnd: VhostUserFrontEnd?
    private let wires: VirtioWires
    private let poll: DevicePoll
    private var activation: VirtioActivation?
    private var layouts: [VirtqueueLayout?]
    /// Whether the backend has the rings.
    private var isServed = false
    private var isRunning = true

    init(_ frontEnd: VhostUserFrontEnd, wires: VirtioWires, mailbox: Mailbox) throws(SystemCallError) {
        self.frontEnd = frontEnd
        self.wires = wires
        poll = try DevicePoll(mailbox: mailbox, wires: wires)
        layouts = (0..<wires.queueCount).map { _ in nil }
    }

    func begin() throws(SystemCallError) {
        try poll.begin(queues: [])
        if let frontEnd { try poll.watch(frontEnd.number, id: 0) }
    }

    func step() throws(SystemCallError) -> Bool {
        try poll.wait(isBusy: false) { _ in
            if frontEnd?.isDisturbed == true { lose() }
        }
        return isRunning
    }

    func stop() {
        deactivate()
        isRunning = false
    }

    func activate(_ activation: VirtioActivation) {
        self.activation = activation
        layouts = activation.queues
        attempt { (frontEnd) throws(VhostUserError) in try frontEnd.prepare(activation) }
        wake()
    }

    func deactivate() {
        sleep()
        activation = nil
        layouts = layouts.map { _ in nil }
    }

    func sleep() {
        guard isServed, let memory = activation?.memory else { return }
        isServed = false
        attempt { (frontEnd) throws(VhostUserError) in
            for index in layouts.indices where layouts[index] != nil {
                layouts[index]?.nextAvailable = try frontEnd.stop(index)
                // The backend has returned what it took, and keeps no count of its own.
                if let used = layouts[index]?.used {
                    layouts[index]?.nextUsed = (try? memory.load(UInt16.self, at: used + 2)) ?? 0
                }
            }
        }
    }

    func wake() {
        guard !isServed, activation != nil, !wires.isBroken else { return }
        attempt { (frontEnd) throws(VhostUserError) in
            for (index, layout) in layouts.enumerated() {
                if let layout { try frontEnd.start(index, layout, wires: wires) }
            }
            isServed = true
        }
    }

    var progress: [VirtqueueLayout?] { layouts }

    /// Talks with the backend, unless it is lost; a failure loses it.
    private func attempt(_ body: (VhostUserFrontEnd) throws(VhostUserError) -> Void) {
        guard let frontEnd else { return wires.breakDown() }
        frontEnd.beginConversation()
        do { try body(frontEnd) } catch { lose() }
    }

    private func lose() {
        frontEnd = nil
        isServed = false
        wires.breakDown()
    }
}
