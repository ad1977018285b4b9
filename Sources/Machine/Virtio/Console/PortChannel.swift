// SPDX-License-Identifier: Apache-2.0
internal import Host

/// One port: its stream on the host, its two queues, and what the guest knows of it. Belongs to the device's thread.
final class PortChannel {
    let number: Int
    /// `nil` for the console.
    let name: String?
    let stream: PortStream
    var state: PortState = []
    /// Bytes of the first chain to be sent that were sent already.
    var sentByteCount = 0
    var receiving: DeviceQueue?
    var sending: DeviceQueue?
    /// The ring may hold a chain: not found empty since the last kick.
    var hasBuffers = false
    var hasOutput = false
    /// The driver uses one port without the control queues.
    var isAlone = false
    private let readable = BufferList(capacity: Int(VirtioConsole.portQueueSize))
    private let writable = BufferList(capacity: Int(VirtioConsole.portQueueSize))

    /// Chains moved in one direction before the thread looks at its other work.
    private static let budget = 16
    /// Bytes that one call moves at most, so that a file behind the port cannot hold the thread for long.
    private static let transferLimit = 64 << 10

    init(number: Int, name: String?, endpoint: ConsoleEndpoint) {
        self.number = number
        self.name = name
        stream = PortStream(endpoint: endpoint)
    }

    static func receiveIndex(_ port: Int) -> Int { port == 0 ? 0 : 2 * port + 2 }
    static func sendIndex(_ port: Int) -> Int { receiveIndex(port) + 1 }

    var canReceive: Bool {
        hasBuffers && receiving != nil && stream.hasInput && (isAlone || state.contains(.guestOpen))
    }

    var canSend: Bool { hasOutput && sending != nil && (stream.isWritable || !stream.isConnected) }

    /// Moves what can be moved in both directions.
    func serve() throws(VirtqueueError) {
        if canSend, let sending { try send(sending) }
        if canReceive, let receiving { try receive(receiving) }
        if stream.hasHungUp && !canReceive { stream.disconnect() }
    }

    func announce() {
        receiving?.announce()
        sending?.announce()
    }

    /// The host's bytes go straight into the guest's buffers; without buffers they stay in the socket.
    private func receive(_ queue: DeviceQueue) throws(VirtqueueError) {
        for _ in 0..<Self.budget {
            guard let chain = try queue.ring.pop(readable: readable, writable: writable) else {
                guard queue.ring.enableNotifications() else { return hasBuffers = false }
                continue
            }
            guard chain.writableByteCount > 0, chain.readableByteCount == 0 else { throw .malformedRequest }
            writable.truncate(to: Self.transferLimit)
            let count = stream.read(into: writable)
            guard count > 0 else { return queue.ring.unpop() }
            queue.ring.push(head: chain.head, byteCount: UInt32(count))
        }
    }

    /// The guest's bytes go to the host's stream, or nowhere while nobody is there.
    private func send(_ queue: DeviceQueue) throws(VirtqueueError) {
        queue.ring.disableNotifications()
        for _ in 0..<Self.budget {
            guard let chain = try queue.ring.pop(readable: readable, writable: writable) else {
                guard queue.ring.enableNotifications() else { return hasOutput = false }
                continue
            }
            guard chain.readableByteCount > 0, chain.writableByteCount == 0 else { throw .malformedRequest }
            if stream.isConnected && sentByteCount < chain.readableByteCount {
                readable.dropFirst(sentByteCount)
                readable.truncate(to: Self.transferLimit)
                let count = stream.write(readable)
                sentByteCount += count
                if stream.isConnected && sentByteCount < chain.readableByteCount {
                    queue.ring.unpop()
                    guard stream.isWritable else { return }
                    continue
                }
            }
            sentByteCount = 0
            queue.ring.push(head: chain.head, byteCount: 0)
        }
    }
}
