// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The control queue of a network card (virtio 1.2 §5.1.6.5). A command that is not understood, was not negotiated or
/// makes no sense is answered with an error and changes nothing.
///
/// Belongs to the thread of the first queue pair.
final class NetworkControl {
    static let queueSize: UInt16 = 64
    private static let budget = 32

    private let link: NetworkLink
    private let wires: VirtioWires
    /// The most queue pairs that the driver may use.
    private let pairLimit: Int
    /// Has every pair follow the settings; they hold when it returns.
    private let apply: (NetworkSettings) -> Void
    private var queue: DeviceQueue?
    private var index = -1
    private var features: UInt64 = 0
    private var hasCommands = false
    private let readable = BufferList(capacity: Int(VirtioNetwork.queueSize))
    private let writable = BufferList(capacity: Int(VirtioNetwork.queueSize))

    init(
        link: NetworkLink, wires: VirtioWires, pairLimit: Int, apply: @escaping (NetworkSettings) -> Void
    ) {
        self.link = link
        self.wires = wires
        self.pairLimit = pairLimit
        self.apply = apply
    }

    /// The indexes that the queue can have: the driver decides by what it accepts (§5.1.2).
    var possibleIndexes: [Int] { pairLimit == 1 ? [2] : [2, 2 * pairLimit] }

    func activate(_ activation: VirtioActivation) {
        features = activation.features
        index = activation.has(NetworkFeature.multipleQueues) ? 2 * pairLimit : 2
        let isUsed = activation.has(NetworkFeature.controlQueue)
        queue = isUsed ? DeviceQueue(index, of: activation, wires: wires) : nil
        hasCommands = true
    }

    func deactivate() {
        queue = nil
        index = -1
    }

    func wake() { hasCommands = true }

    /// Takes note of a kick, which may be another queue's.
    func handleKick(_ queue: Int) {
        if queue == index { hasCommands = true }
    }

    var canServe: Bool { hasCommands && queue != nil }

    /// The queue's index and how far it has come; `nil` where the driver does not use it.
    var progress: (index: Int, layout: VirtqueueLayout)? { queue.map { (index, $0.ring.progress) } }

    /// Carries out what waits.
    func serve() throws(VirtqueueError) {
        guard canServe, let queue else { return }
        defer { queue.announce() }
        queue.ring.disableNotifications()
        for _ in 0..<Self.budget {
            guard let chain = try queue.ring.pop(readable: readable, writable: writable) else {
                guard queue.ring.enableNotifications() else { return hasCommands = false }
                continue
            }
            guard chain.readableByteCount >= NetworkCommand.headerByteCount, chain.writableByteCount > 0 else {
                throw .malformedRequest
            }
            let header = readable.prefix(NetworkCommand.headerByteCount)
            readable.dropFirst(NetworkCommand.headerByteCount)
            let isDone = carryOut(header[0], header[1])
            writable.store(isDone ? NetworkCommand.done : NetworkCommand.refused)
            queue.ring.push(head: chain.head, byteCount: 1)
        }
    }

    private func carryOut(_ group: UInt8, _ command: UInt8) -> Bool {
        switch group {
        case NetworkCommand.Class.receiveMode: setMode(command)
        case NetworkCommand.Class.address: setAddresses(command)
        case NetworkCommand.Class.announce: acknowledge(command)
        case NetworkCommand.Class.multipleQueues: setPairCount(command)
        default: false
        }
    }

    private func setMode(_ command: UInt8) -> Bool {
        let needed = command < 2 ? NetworkFeature.receiveMode : NetworkFeature.receiveModeExtra
        guard features & needed != 0, let mode = NetworkCommand.mode(command), readable.byteCount == 1 else {
            return false
        }
        let isOn = readable.prefix(1)[0] != 0
        change { settings in
            if isOn { settings.filter.mode.insert(mode) } else { settings.filter.mode.remove(mode) }
        }
        return true
    }

    private func setAddresses(_ command: UInt8) -> Bool {
        switch command {
        case NetworkCommand.Address.setTable where features & NetworkFeature.receiveMode != 0:
            guard let unicast = takeTable(), let multicast = takeTable(), readable.byteCount == 0 else { return false }
            change { settings in
                settings.filter.setUnicast(unicast.addresses)
                settings.filter.setMulticast(multicast.addresses)
            }
            return true
        case NetworkCommand.Address.set where features & NetworkFeature.addressCommand != 0:
            guard readable.byteCount == 6 else { return false }
            let address = Self.address(readable.prefix(6)[...])
            change { $0.filter.address = address }
            return true
        default: return false
        }
    }

    private struct Table {
        /// `nil` where there are more than are kept.
        let addresses: [UInt64]?
    }

    /// Takes a table off the command: a count, 32 bits, and as many addresses. `nil` where it is cut off.
    private func takeTable() -> Table? {
        let head = readable.prefix(4)
        guard head.count == 4 else { return nil }
        let count = head.reversed().reduce(0) { $0 << 8 | Int($1) }
        readable.dropFirst(4)
        guard count <= readable.byteCount / 6 else { return nil }
        defer { readable.dropFirst(count * 6) }
        guard count <= ReceiveFilter.capacity else { return Table(addresses: nil) }
        let bytes = readable.prefix(count * 6)
        guard bytes.count == count * 6 else { return nil }
        return Table(addresses: (0..<count).map { Self.address(bytes[6 * $0..<6 * $0 + 6]) })
    }

    /// The driver has announced itself, as it was asked to (§5.1.6.5.4).
    private func acknowledge(_ command: UInt8) -> Bool {
        guard command == 0, features & NetworkFeature.guestAnnounce != 0, link.settings.isAnnouncing else {
            return false
        }
        link.change { $0.isAnnouncing = false }
        return true
    }

    private func setPairCount(_ command: UInt8) -> Bool {
        guard command == 0, features & NetworkFeature.multipleQueues != 0, readable.byteCount == 2 else { return false }
        let bytes = readable.prefix(2)
        let count = Int(bytes[0]) | Int(bytes[1]) << 8
        guard 1...pairLimit ~= count else { return false }
        change { $0.pairCount = count }
        return true
    }

    private func change(_ body: (inout NetworkSettings) -> Void) {
        apply(link.change(body))
    }

    private static func address(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
