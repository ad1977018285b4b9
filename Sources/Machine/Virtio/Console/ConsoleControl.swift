// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The conversation on a console's control queues (virtio 1.2 §5.3.6.2). What has to be told follows from what the
/// guest has not been told yet, so nothing is queued. Belongs to the device's thread.
final class ConsoleControl {
    /// The driver has said that it is ready for ports.
    var isReady = false
    var receiving: DeviceQueue?
    var sending: DeviceQueue?
    var hasBuffers = false
    var hasMessages = false
    private let readable = BufferList(capacity: Int(VirtioConsole.controlQueueSize))
    private let writable = BufferList(capacity: Int(VirtioConsole.controlQueueSize))

    static let receiveIndex = 2
    static let sendIndex = 3
    private static let budget = 32

    var canListen: Bool { hasMessages && sending != nil }

    func canTell(_ ports: [PortChannel]) -> Bool {
        hasBuffers && receiving != nil && ports.contains { next(for: $0) != nil }
    }

    func announce() {
        receiving?.announce()
        sending?.announce()
    }

    /// Handles what the driver says; a message that makes no sense changes nothing.
    func listen(_ ports: [PortChannel]) throws(VirtqueueError) {
        guard canListen, let sending else { return }
        sending.ring.disableNotifications()
        for _ in 0..<Self.budget {
            guard let chain = try sending.ring.pop(readable: readable, writable: writable) else {
                guard sending.ring.enableNotifications() else { return hasMessages = false }
                continue
            }
            guard chain.writableByteCount == 0 else { throw .malformedRequest }
            if let message = ControlMessage(readable.prefix(ControlMessage.byteCount)) { handle(message, ports) }
            sending.ring.push(head: chain.head, byteCount: 0)
        }
    }

    /// Tells the driver what it does not know yet, as far as it has given buffers for it.
    func tell(_ ports: [PortChannel]) throws(VirtqueueError) {
        guard let receiving else { return }
        for port in ports {
            while let change = next(for: port) {
                guard try send(change, about: port, receiving) else { return }
                port.state.formSymmetricDifference(change)
            }
        }
    }

    private func handle(_ message: ControlMessage, _ ports: [PortChannel]) {
        if message.event == ControlMessage.Event.deviceReady {
            guard message.value == 1 else { return }
            isReady = true
            for port in ports { port.state = [] }
            return
        }
        guard let port = ports.first(where: { $0.number == message.port }), port.state.contains(.added) else { return }
        switch message.event {
        case ControlMessage.Event.portReady where message.value == 1:
            port.state = [.added, .ready]
        case ControlMessage.Event.portOpen:
            if message.value == 0 { port.state.remove(.guestOpen) } else { port.state.insert(.guestOpen) }
        default: break
        }
    }

    /// The one thing about a port that the guest has to be told next: the bit that changes by that.
    private func next(for port: PortChannel) -> PortState? {
        guard isReady else { return nil }
        guard port.state.contains(.added) else { return .added }
        guard port.state.contains(.ready) else { return nil }
        if port.name == nil && !port.state.contains(.knownAsConsole) { return .knownAsConsole }
        if port.name != nil && !port.state.contains(.named) { return .named }
        return port.state.contains(.hostOpen) == port.stream.isConnected ? nil : .hostOpen
    }

    private func send(
        _ change: PortState, about port: PortChannel, _ queue: DeviceQueue
    ) throws(VirtqueueError) -> Bool {
        guard hasBuffers else { return false }
        var chain = try queue.ring.pop(readable: readable, writable: writable)
        if chain == nil {
            hasBuffers = queue.ring.enableNotifications()
            guard hasBuffers else { return false }
            chain = try queue.ring.pop(readable: readable, writable: writable)
        }
        guard let chain else { return false }
        let bytes = Self.message(change, about: port)
        guard chain.readableByteCount == 0, chain.writableByteCount >= bytes.count else { throw .malformedRequest }
        queue.ring.push(head: chain.head, byteCount: UInt32(writable.fill(bytes)))
        return true
    }

    private static func message(_ change: PortState, about port: PortChannel) -> [UInt8] {
        typealias Event = ControlMessage.Event
        switch change {
        case .added: return ControlMessage(port: port.number, event: Event.portAdd, value: 1).bytes
        case .knownAsConsole: return ControlMessage(port: port.number, event: Event.consolePort, value: 1).bytes
        case .named:
            return ControlMessage(port: port.number, event: Event.portName, value: 1).bytes
                + (port.name ?? "").utf8.prefix(ConsolePort.maximumNameByteCount)
        default:
            let isOpen = port.stream.isConnected
            return ControlMessage(port: port.number, event: Event.portOpen, value: isOpen ? 1 : 0).bytes
        }
    }
}
