// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Glibc
import Host
import Machine
import MachineTesting
import Testing

/// What the tests of vhost-net need of the host; the lab has it.
private enum VhostBed {
    static let device = "/dev/vhost-net"

    static var isPossible: Bool {
        TapNamespace.obstacle == nil && (try? Descriptor(path: device, flags: O_RDWR)) != nil
    }
}

@Suite("Virtio network over vhost-net", .enabled(if: VhostBed.isPossible, "needs root, TAP and /dev/vhost-net"))
struct VhostTests {
    private typealias Bench = Workbench<VirtioNetwork>
    private static let receiveQueue = 0
    private static let sendQueue = 1
    private static let sendBuffer = Bench.buffers + 0x10_0000

    private static func frame(_ count: Int, _ mark: UInt8) -> [UInt8] {
        [UInt8](repeating: 0xFF, count: 6) + [0x52, 0x54, 0, 1, 2, 3, 0x88, 0xB5]
            + [UInt8](repeating: mark, count: count - 14)
    }

    private static func card(_ namespace: borrowing TapNamespace) throws -> VirtioNetwork {
        let tap = try TapAttachment(owning: try namespace.tap.duplicate())
        let device = try VhostNetwork(owning: try Descriptor(path: VhostBed.device, flags: O_RDWR), tap: tap)
        return try VirtioNetwork(.kernel([device]), address: MACAddress(rawValue: 0x5254_0001_0203))
    }

    /// Gives `body` a card on a thread of its own under its filter, and the card's driver.
    private static func run(
        _ body: @escaping @Sendable (borrowing TapNamespace, borrowing DeviceThread, Bench) throws -> Void
    ) throws {
        try TapNamespace.run { namespace in
            let device = try card(namespace)
            let thread = try DeviceThread(device, filter: ThreadFilters.kernelNetwork)
            let bench = try Bench(device, isOnThread: true)
            try body(namespace, thread, bench)
            thread.expectRest()
            device.stop()
            thread.join()
        }
    }

    private static func send(_ mark: UInt8, _ bench: Bench) throws {
        let start = sendBuffer + UInt64(mark) * 0x1000
        try bench.memory.write([UInt8](repeating: 0, count: 12) + frame(100, mark), at: start)
        try bench.offer([.init(start, 112)], to: sendQueue)
    }

    @Test("frames go both ways, through a pause, on a thread under its filter")
    func bothWays() throws {
        try Self.run { namespace, thread, bench in
            let device = bench.device
            for mark in 1...3 as ClosedRange<UInt8> {
                let buffer = Bench.buffers + UInt64(mark) * 0x1000
                try bench.offer([.init(buffer, 2000, isWritable: true)], to: Self.receiveQueue)
                try namespace.socket.writeAll(Self.frame(200, mark))
                #expect(try thread.collect(from: Self.receiveQueue, bench).byteCount == 212)
                #expect(try bench.memory.read(at: buffer + 12, count: 200) == Self.frame(200, mark))

                try Self.send(mark, bench)
                _ = try thread.collect(from: Self.sendQueue, bench)
                try waitUntilReady(namespace.socket.borrowed, readable: true)
                #expect(try namespace.socket.read(upTo: 300) == Self.frame(100, mark))

                device.sleep()
                let progress = device.queueProgress
                #expect(progress[0]?.nextAvailable == UInt16(mark) && progress[0]?.nextUsed == UInt16(mark))
                #expect(progress[1]?.nextAvailable == UInt16(mark) && progress[1]?.nextUsed == UInt16(mark))
                device.wake()
            }
            #expect(!device.wires.isBroken)
        }
    }

    @Test("what the driver sends while the card sleeps goes out when it wakes")
    func kickWhileAsleep() throws {
        try Self.run { namespace, thread, bench in
            let device = bench.device
            device.sleep()
            try Self.send(1, bench)
            #expect(device.queueProgress[1]?.nextAvailable == 0)
            device.wake()
            _ = try thread.collect(from: Self.sendQueue, bench)
        }
    }

    @Test("while the link is held down the kernel moves nothing, and afterwards it does")
    func heldLink() throws {
        try Self.run { namespace, thread, bench in
            let device = bench.device
            device.setLink(isUp: false)
            try Self.send(1, bench)
            device.sleep()
            #expect(device.queueProgress[1]?.nextAvailable == 0)
            device.wake()
            device.setLink(isUp: true)
            _ = try thread.collect(from: Self.sendQueue, bench)
        }
    }

    @Test("a ring that makes no sense breaks the card, and a reset repairs it", arguments: [0, 1])
    func nonsense(_ queue: Int) throws {
        try Self.run { namespace, thread, bench in
            let device = bench.device
            try bench.queues[queue].publish(300)
            device.wires.kick(queue)
            try namespace.socket.writeAll(Self.frame(200, 1))
            try waitUntilReady(device.wires.configurationDescriptor, readable: true)
            #expect(device.wires.isBroken)

            try bench.reset()
            try Self.send(2, bench)
            _ = try thread.collect(from: Self.sendQueue, bench)
            #expect(!device.wires.isBroken)
        }
    }

    @Test("a descriptor that is none of vhost-net's is refused")
    func refused() throws {
        try TapNamespace.run { namespace in
            let tap = try TapAttachment(owning: try namespace.tap.duplicate())
            #expect(throws: SystemCallError.self) {
                try VhostNetwork(owning: try Descriptor(path: "/dev/null", flags: O_RDWR), tap: tap)
            }
        }
    }
}
