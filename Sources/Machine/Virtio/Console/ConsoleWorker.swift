// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The work of a console: bytes between its ports' rings and streams, and the talk about the ports.
///
/// `@unchecked Sendable`: everything mutable belongs to the thread that called `begin()`; other threads reach
/// it through the mailbox alone, and read `progress` and `state` only while that thread has been told to rest.
final class ConsoleWorker: DeviceWorker, @unchecked Sendable {
    private let wires: VirtioWires
    private let poll: DevicePoll
    private let ports: [PortChannel]
    private let control = ConsoleControl()
    private var isServing = false
    private var isRunning = true

    init(
        console: ConsoleEndpoint?, ports: [ConsolePort], wires: VirtioWires, mailbox: Mailbox
    ) throws(SystemCallError) {
        self.wires = wires
        poll = try DevicePoll(mailbox: mailbox, wires: wires)
        // Number 0 is the console's, and stays free without one, as drivers expect.
        var channels = console.map { [PortChannel(number: 0, name: nil, endpoint: $0)] } ?? []
        for (index, port) in ports.enumerated() {
            channels.append(PortChannel(number: index + 1, name: port.name, endpoint: port.endpoint))
        }
        self.ports = channels
    }

    func begin() throws(SystemCallError) {
        try poll.begin()
        for port in ports { try port.stream.begin(poll, port: port.number) }
    }

    func step() throws(SystemCallError) -> Bool {
        try poll.wait(isBusy: isBusy) { event in
            switch event {
            case .kick(let queue): handleKick(queue)
            case .descriptor(let id, let events):
                guard let role = PortStream.Role(rawValue: id % 4) else { return }
                ports.first { $0.number == id / 4 }?.stream.handle(role, events)
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
        let hasControl = activation.has(ConsoleFeature.multiplePorts)
        func queue(_ index: Int) -> DeviceQueue? { DeviceQueue(index, of: activation, wires: wires) }
        control.receiving = hasControl ? queue(ConsoleControl.receiveIndex) : nil
        control.sending = hasControl ? queue(ConsoleControl.sendIndex) : nil
        for port in ports where hasControl || port.number == 0 {
            port.isAlone = !hasControl
            port.receiving = queue(PortChannel.receiveIndex(port.number))
            port.sending = queue(PortChannel.sendIndex(port.number))
        }
        wake()
    }

    func deactivate() {
        sleep()
        control.isReady = false
        control.receiving = nil
        control.sending = nil
        for port in ports {
            port.state = []
            port.sentByteCount = 0
            port.receiving = nil
            port.sending = nil
        }
    }

    func sleep() {
        isServing = false
    }

    func wake() {
        isServing = true
        control.hasBuffers = true
        control.hasMessages = true
        for port in ports {
            port.hasBuffers = true
            port.hasOutput = true
        }
    }

    var progress: [VirtqueueLayout?] {
        var result = [VirtqueueLayout?](repeating: nil, count: wires.queueCount)
        result[ConsoleControl.receiveIndex] = control.receiving?.ring.progress
        result[ConsoleControl.sendIndex] = control.sending?.ring.progress
        for port in ports {
            result[PortChannel.receiveIndex(port.number)] = port.receiving?.ring.progress
            result[PortChannel.sendIndex(port.number)] = port.sending?.ring.progress
        }
        return result
    }

    var state: ConsoleState {
        get {
            ConsoleState(
                isReady: control.isReady, ports: ports.map(\.state.rawValue),
                sentByteCounts: ports.map { UInt64($0.sentByteCount) })
        }
        set {
            control.isReady = newValue.isReady
            for (index, port) in ports.enumerated() where index < newValue.ports.count {
                port.state = PortState(rawValue: newValue.ports[index])
                port.sentByteCount = Int(clamping: newValue.sentByteCounts[index])
            }
        }
    }

    private var isUsable: Bool { isServing && !wires.isBroken }

    /// Work is left over that no event will announce.
    private var isBusy: Bool {
        isUsable && (control.canListen || control.canTell(ports) || ports.contains { $0.canReceive || $0.canSend })
    }

    private func handleKick(_ queue: Int) {
        switch queue {
        case ConsoleControl.receiveIndex: control.hasBuffers = true
        case ConsoleControl.sendIndex: control.hasMessages = true
        default:
            let number = queue < 2 ? 0 : (queue - 2) / 2
            guard let port = ports.first(where: { $0.number == number }) else { return }
            if queue % 2 == 0 { port.hasBuffers = true } else { port.hasOutput = true }
        }
    }

    private func serve() {
        guard isUsable else { return }
        do {
            try control.listen(ports)
            for port in ports { try port.serve() }
            try control.tell(ports)
            // Only after the guest knows that the one before has gone.
            for port in ports where !port.state.contains(.hostOpen) {
                port.stream.acceptClient(poll, port: port.number)
            }
            try control.tell(ports)
        } catch {
            wires.breakDown()
        }
        control.announce()
        for port in ports { port.announce() }
    }
}
