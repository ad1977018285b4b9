// SPDX-License-Identifier: Apache-2.0
internal import Host

/// A queue pair that the kernel serves: this thread only starts and stops it, hears of its mistakes, and serves the
/// control queue where it is the first pair's. No frame passes through this process.
///
/// `@unchecked Sendable`: everything mutable belongs to the thread that called `begin()`; other threads reach
/// it through the mailbox alone, and read `progress` only while that thread has been told to rest.
final class VhostWorker: NetworkPairWorker, @unchecked Sendable {
    private let pair: Int
    private let device: VhostNetwork
    private let control: NetworkControl?
    private let link: NetworkLink
    private let roster: NetworkRoster
    private let wires: VirtioWires
    private let poll: DevicePoll
    private var memory: GuestMemory?
    /// The rings of both directions, as far as they had come when they were last stopped.
    private var rings: [VirtqueueLayout?] = [nil, nil]
    /// The kernel serves the rings.
    private var isStarted = false
    private var isInUse: Bool
    private var isServing = false
    private var isRunning = true

    init(
        pair: Int, device: VhostNetwork, control: NetworkControl?, link: NetworkLink, roster: NetworkRoster,
        wires: VirtioWires, mailbox: Mailbox
    ) throws(SystemCallError) {
        self.pair = pair
        self.device = device
        self.control = control
        self.link = link
        self.roster = roster
        self.wires = wires
        isInUse = pair == 0
        poll = try DevicePoll(mailbox: mailbox, wires: wires)
    }

    func begin() throws(SystemCallError) {
        let own = [VirtioNetwork.receiveIndex(pair), VirtioNetwork.transmitIndex(pair)]
        try poll.begin(queues: control?.possibleIndexes.filter { !own.contains($0) } ?? [])
        try poll.watch(device.fault.number, id: 0)
        try device.claim()
        device.tap.setAttached(isInUse)
    }

    func step() throws(SystemCallError) -> Bool {
        try poll.wait(isBusy: canControl) { event in
            switch event {
            case .kick(let queue): control?.handleKick(queue)
            case .descriptor:
                if device.fault.clear() { fail() }
            }
        }
        if canControl, let control {
            do { try control.serve() } catch { fail() }
        }
        return isRunning
    }

    func stop() {
        deactivate()
        isRunning = false
    }

    func adopt(_ settings: NetworkSettings) {
        let isWanted = pair < settings.pairCount
        guard isWanted != isInUse else { return }
        isInUse = isWanted
        if isWanted { device.tap.setAttached(true) }
        follow()
        if !isWanted { device.tap.setAttached(false) }
    }

    func activate(_ activation: VirtioActivation) {
        device.tap.negotiate(activation.features)
        let isUsed = pair == 0 || activation.has(NetworkFeature.multipleQueues)
        rings = [VirtioNetwork.receiveIndex(pair), VirtioNetwork.transmitIndex(pair)].map {
            isUsed ? activation.queues[$0] : nil
        }
        memory = activation.memory
        control?.activate(activation)
        do { try device.prepare(activation.memory, features: activation.features) } catch { fail() }
        wake()
    }

    func deactivate() {
        sleep()
        rings = [nil, nil]
        memory = nil
        control?.deactivate()
        device.tap.negotiate(0)
    }

    func sleep() {
        isServing = false
        follow()
    }

    func wake() {
        isServing = true
        control?.wake()
        follow()
    }

    func conditionChanged() { follow() }

    var progress: [(index: Int, layout: VirtqueueLayout)] {
        var result: [(index: Int, layout: VirtqueueLayout)] = []
        for (direction, ring) in rings.enumerated() {
            if let ring { result.append((2 * pair + direction, ring)) }
        }
        if let control = control?.progress { result.append(control) }
        return result
    }

    private var isUsable: Bool { isServing && !wires.isBroken }
    private var canControl: Bool { isUsable && control?.canServe == true }

    /// A mistake in the rings: the card serves no more until its driver resets it.
    private func fail() {
        wires.breakDown()
        stopRings()
        // The kernel serves the other pairs as well, and would not hear of it.
        roster.conditionChanged()
    }

    /// Has the kernel serve the rings exactly while that is wanted.
    private func follow() {
        if isUsable && isInUse && link.isUp { startRings() } else { stopRings() }
    }

    private func startRings() {
        guard !isStarted, let memory else { return }
        isStarted = true
        for (direction, ring) in rings.enumerated() {
            guard let ring else { continue }
            let index = 2 * pair + direction
            do {
                try device.start(
                    direction, ring, memory, kick: wires.kickDescriptor(index), call: wires.callDescriptor(index))
            } catch {
                return fail()
            }
        }
    }

    private func stopRings() {
        guard isStarted, let memory else { return }
        isStarted = false
        for (direction, ring) in rings.enumerated() {
            guard var ring else { continue }
            guard let next = try? device.stop(direction),
                let used: UInt16 = try? memory.load(at: ring.used + 2),
                // A driver may write there what it likes; the kernel has only ever counted up to the other index.
                next &- used <= ring.size
            else {
                wires.breakDown()
                continue
            }
            ring.nextAvailable = next
            ring.nextUsed = used
            rings[direction] = ring
        }
    }
}
