// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Host
import Machine
import MachineTesting
import Testing

@Suite("Queue pairs of a network card", .enabled(if: TapNamespace.obstacle == nil, TapNamespace.comment))
struct QueuePairTests {
    private typealias Bench = Workbench<VirtioNetwork>
    private static let controlQueue = 4
    private static let guest: [UInt8] = [0x52, 0x54, 0, 1, 2, 3]
    private static let host: [UInt8] = [0x52, 0x54, 0, 9, 9, 9]

    /// UDP over IPv4 between two addresses, so that both directions are one flow.
    private static func datagram(toGuest: Bool, mark: UInt8) -> [UInt8] {
        let addresses: [UInt8] = [10, 0, 0, 1, 10, 0, 0, 2]
        let ports: [UInt8] = [0x10, 0x01, 0x20, 0x02]
        let swapped = { (bytes: [UInt8]) in
            Array(bytes[(bytes.count / 2)...] + bytes[..<(bytes.count / 2)])
        }
        return (toGuest ? guest + host : host + guest) + [8, 0, 0x45, 0, 0, 48, 0, 0, 0, 0, 64, 17, 0, 0]
            + (toGuest ? swapped(addresses) : addresses) + (toGuest ? swapped(ports) : ports) + [0, 28, 0, 0]
            + [UInt8](repeating: mark, count: 20)
    }

    private static func card(_ namespace: borrowing TapNamespace) throws -> VirtioNetwork {
        let taps = [
            try TapAttachment(owning: try namespace.tap.duplicate(), isOneOfSeveral: true),
            try TapAttachment(owning: try TapNamespace.openQueue(), isOneOfSeveral: true),
        ]
        return try VirtioNetwork(.frames(taps), address: MACAddress(rawValue: 0x5254_0001_0203))
    }

    /// Gives `body` a card on threads of its own under their filter, and a driver that accepts all but `refused`.
    private static func run(
        without refused: UInt64 = 0,
        _ body: @escaping @Sendable (borrowing TapNamespace, borrowing DeviceThread, Bench) throws -> Void
    ) throws {
        try TapNamespace.run(hasSeveralQueues: true) { namespace in
            let device = try card(namespace)
            let thread = try DeviceThread(device, filter: ThreadFilters.network)
            let bench = try Bench(device, features: device.offeredFeatures & ~refused, isOnThread: true)
            try body(namespace, thread, bench)
            thread.expectRest()
            device.stop()
            thread.join()
        }
    }

    private static func send(_ mark: UInt8, by queue: Int, _ bench: Bench) throws {
        let start = Bench.buffers + 0x10_0000 + UInt64(mark) * 0x1000
        try bench.memory.write([UInt8](repeating: 0, count: 12) + datagram(toGuest: false, mark: mark), at: start)
        try bench.offer([.init(start, 74)], to: queue)
    }

    private static func setPairs(_ count: UInt8, _ bench: Bench, _ thread: borrowing DeviceThread) throws -> UInt8 {
        _ = try bench.command([4, 0, count, 0], queue: controlQueue) { _ in }
        _ = try thread.collect(from: controlQueue, bench)
        return try bench.memory.load(at: Bench.buffers + 0x70_0000 + 4)
    }

    @Test("a second pair moves frames once the driver uses it, and none before and after")
    func pairs() throws {
        try Self.run { namespace, thread, bench in
            let device = bench.device
            #expect(device.offeredFeatures & NetworkFeature.multipleQueues != 0)
            #expect(device.readConfiguration(at: 8, width: .word) == 2)
            // Not in use yet: its frames stay where they are.
            try Self.send(1, by: 3, bench)
            try Self.send(2, by: 1, bench)
            _ = try thread.collect(from: 1, bench)
            #expect(try bench.queues[3].collect() == nil)
            #expect(try namespace.socket.read(upTo: 200)?.last == 2)

            #expect(try Self.setPairs(0, bench, thread) == 1)
            #expect(try Self.setPairs(3, bench, thread) == 1)
            #expect(try Self.setPairs(2, bench, thread) == 0)
            _ = try thread.collect(from: 3, bench)
            try waitUntilReady(namespace.socket.borrowed, readable: true)
            let found = try namespace.socket.read(upTo: 200)
            #expect(found?.last == 1, "\(String(describing: found))")

            // The kernel answers a flow where it came from.
            for queue in [0, 2] {
                let start = Bench.buffers + UInt64(queue) * 0x1000
                try bench.offer([.init(start, 2000, isWritable: true)], to: queue)
            }
            try namespace.socket.writeAll(Self.datagram(toGuest: true, mark: 7))
            #expect(try thread.collect(from: 2, bench).byteCount == 74)
            #expect(try bench.memory.load(UInt8.self, at: Bench.buffers + 0x2000 + 73) == 7)

            #expect(try Self.setPairs(1, bench, thread) == 0)
            try namespace.socket.writeAll(Self.datagram(toGuest: true, mark: 8))
            #expect(try thread.collect(from: 0, bench).byteCount == 74)
            #expect(device.counters == NetworkCounters(received: 2, sent: 2))

            device.deactivate()
        }
    }

    @Test("a driver that knows one pair finds the control queue behind it")
    func withoutMultipleQueues() throws {
        try Self.run(without: NetworkFeature.multipleQueues) { _, thread, bench in
            let device = bench.device
            _ = try bench.command([0, 0, 0], queue: 2) { _ in }
            _ = try thread.collect(from: 2, bench)
            #expect(try bench.memory.load(UInt8.self, at: Bench.buffers + 0x70_0000 + 3) == 0)
            #expect(device.settings.filter.mode == [])
            #expect(device.queueProgress[3] == nil)
        }
    }

    @Test("a sleeping card's queues and settings restart it where it was")
    func restarts() throws {
        try Self.run { _, thread, bench in
            let device = bench.device
            _ = try bench.command([4, 0, 2, 0], queue: Self.controlQueue) { _ in }
            _ = try thread.collect(from: Self.controlQueue, bench)
            try Self.send(1, by: 3, bench)
            _ = try thread.collect(from: 3, bench)
            device.sleep()
            let progress = device.queueProgress
            let state = device.deviceStateBytes
            #expect(progress.map { $0?.nextUsed } == [0, 0, 0, 1, 1])

            device.deactivate()
            #expect(device.settings.pairCount == 1)
            try device.restoreDeviceState(state)
            try bench.activate(progress)
            try Self.send(2, by: 3, bench)
            _ = try thread.collect(from: 3, bench)
            #expect(device.counters.sent == 2)
        }
    }
}
