// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Host
import Machine
import MachineTesting
import Testing

@Suite("Virtio network over a stream socket")
struct NetworkTests {
    private typealias Bench = Workbench<VirtioNetwork>
    private static let receiveQueue = 0
    private static let sendQueue = 1
    private static let address = MACAddress(rawValue: 0x5254_0001_0203)

    /// A card on a socket, and the socket's other end.
    private final class Card {
        let bench: Bench
        var far: Descriptor

        init(isMergeable: Bool = true) throws {
            let pair = try SocketPair()
            let near = try pair.near.duplicate()
            far = try pair.far.duplicate()
            let device = try VirtioNetwork(attachment: PasstAttachment(owning: near), address: address)
            bench = try Bench(
                device,
                features: device.offeredFeatures & ~(isMergeable ? 0 : NetworkFeature.mergeableBuffers))
        }

        func offerBuffers(_ count: Int, _ byteCount: UInt32) throws {
            for index in 0..<count {
                try bench.offer(
                    [.init(Bench.buffers + UInt64(index) * 0x1000, byteCount, isWritable: true)], to: receiveQueue)
            }
        }

        func write(_ frames: [[UInt8]]) throws {
            try far.writeAll(frames.flatMap { Self.prefix($0.count) + $0 })
        }

        static func prefix(_ count: Int) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
        }

        /// Offers a frame with a header and waits for its return.
        func send(_ header: [UInt8], _ frame: [UInt8]) throws {
            let start = Bench.buffers + 0x40_0000
            try bench.memory.write(header + frame, at: start)
            let count = UInt32(header.count + frame.count)
            let cut = UInt32(min(Int(count) - 1, 5))
            try bench.offer([.init(start, cut), .init(start + UInt64(cut), count - cut)], to: sendQueue)
            _ = try bench.collect(from: sendQueue)
        }
    }

    private static func frame(_ count: Int, _ seed: Int = 0) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ seed &+ $0 / 256) }
    }

    private static let plainHeader = [UInt8](repeating: 0, count: 12)

    @Test("a frame reaches the host behind its length, wherever the driver cut it")
    func send() throws {
        let card = try Card()
        for count in [14, 60, 1514, 65535] {
            let frame = Self.frame(count)
            try card.send(Self.plainHeader, frame)
            #expect(try SocketPair.read(count + 4, from: card.far) == Card.prefix(count) + frame)
        }
        #expect(card.bench.device.counters.sent == 4)
    }

    @Test(
        "a frame that nobody may send is dropped, and the next one goes out",
        arguments: [
            ([UInt8](repeating: 0, count: 11), 0), ([UInt8](repeating: 0, count: 12), 13),
            ([UInt8](repeating: 0, count: 12), 65551), ([1] + [UInt8](repeating: 0, count: 11), 100),
            ([0, 1] + [UInt8](repeating: 0, count: 10), 100), ([0, 3] + [UInt8](repeating: 0, count: 10), 100),
            ([0, 0x80] + [UInt8](repeating: 0, count: 10), 100),
        ])
    func dropped(_ header: [UInt8], _ count: Int) throws {
        let card = try Card()
        try card.send(header, Self.frame(count))
        try card.send(Self.plainHeader, Self.frame(60))
        #expect(try SocketPair.read(64, from: card.far) == Card.prefix(60) + Self.frame(60))
        #expect(card.bench.device.counters == NetworkCounters(sent: 1, droppedSending: 1))
    }

    @Test("a frame is spread over as many buffers as it takes", arguments: [14, 500, 1514, 9000, 65535])
    func receive(_ count: Int) throws {
        let card = try Card()
        try card.offerBuffers(48, 1600)
        try card.write([Self.frame(count), Self.frame(20, 9)])

        let chains = (count + 12 + 1599) / 1600
        var bytes: [UInt8] = []
        for index in 0..<chains {
            let used = try card.bench.collect(from: Self.receiveQueue)
            bytes += try card.bench.memory.read(at: Bench.buffers + UInt64(index) * 0x1000, count: Int(used.byteCount))
        }

        #expect(bytes.prefix(10).allSatisfy { $0 == 0 })
        #expect(Int(bytes[10]) | Int(bytes[11]) << 8 == chains)
        #expect(Array(bytes.dropFirst(12)) == Self.frame(count))
        #expect(try card.bench.collect(from: Self.receiveQueue).byteCount == 32)
    }

    @Test("a frame waits for buffers and is lost only where it can never fit")
    func waits() throws {
        let card = try Card()
        try card.offerBuffers(2, 1600)
        try card.write([Self.frame(5000)])
        // The device finds too little room and waits; each kick brings one buffer more.
        for index in 0..<2 {
            try card.bench.offer(
                [.init(Bench.buffers + 0x10_0000 + UInt64(index) * 0x1000, 1600, isWritable: true)],
                to: Self.receiveQueue)
            _ = try card.bench.device.step()
        }
        for _ in 0..<4 { _ = try card.bench.collect(from: Self.receiveQueue) }
        #expect(card.bench.device.counters == NetworkCounters(received: 1))
    }

    @Test("no frame is lost where buffers are in time, however many there have been")
    func manyBuffers() throws {
        let card = try Card()
        let byteCount = 1536
        let chainsEach = (12 + 60_000 + byteCount - 1) / byteCount
        try card.offerBuffers(96, UInt32(byteCount))
        for round in 0..<64 {
            try card.write([Self.frame(60_000, round)])
            _ = try card.bench.device.step()
            try #require(card.bench.device.counters == NetworkCounters(received: UInt64(round) + 1))
            for _ in 0..<chainsEach { _ = try card.bench.collect(from: Self.receiveQueue) }
            try card.offerBuffers(chainsEach, UInt32(byteCount))
        }
    }

    @Test("without mergeable buffers a frame takes one chain or is dropped")
    func unmergeable() throws {
        let card = try Card(isMergeable: false)
        try card.offerBuffers(2, 1000)
        try card.write([Self.frame(1200), Self.frame(900), Self.frame(100)])

        #expect(try card.bench.collect(from: Self.receiveQueue).byteCount == 912)
        #expect(try card.bench.memory.read(at: Bench.buffers + 10, count: 2) == [1, 0])
        #expect(try card.bench.collect(from: Self.receiveQueue).byteCount == 112)
        #expect(card.bench.device.counters == NetworkCounters(received: 2, droppedReceiving: 1))
    }

    @Test("a length and a frame may arrive in any parts")
    func parts() throws {
        let card = try Card()
        try card.offerBuffers(3, 1600)
        let stream = Card.prefix(30) + Self.frame(30) + Card.prefix(40) + Self.frame(40, 1)
        for byte in stream {
            try card.far.writeAll([byte])
            card.bench.device.wires.kick(Self.receiveQueue)
            _ = try card.bench.device.step()
        }
        #expect(try card.bench.collect(from: Self.receiveQueue).byteCount == 42)
        #expect(try card.bench.collect(from: Self.receiveQueue).byteCount == 52)
    }

    @Test("while the socket is full frames wait in the ring, and none is cut")
    func full() throws {
        let card = try Card()
        let start = Bench.buffers + 0x40_0000
        let frame = Self.frame(60_000)
        try card.bench.memory.write(Self.plainHeader + frame, at: start)
        let count = 40
        for _ in 0..<count { try card.bench.offer([.init(start, 60_012)], to: Self.sendQueue) }
        for _ in 0..<4 {
            card.bench.device.wires.kick(Self.sendQueue)
            _ = try card.bench.device.step()
        }
        var returned = 0
        while try card.bench.queues[Self.sendQueue].collect() != nil { returned += 1 }
        #expect(returned < count)

        try card.far.setNonBlocking()
        var stream: [UInt8] = []
        while stream.count < count * 60_004 {
            stream += try card.far.read(upTo: 1 << 20) ?? []
            card.bench.device.wires.kick(Self.sendQueue)
            _ = try card.bench.device.step()
        }
        let expected = Card.prefix(60_000) + frame
        for index in 0..<count {
            #expect(Array(stream[index * 60_004..<(index + 1) * 60_004]) == expected, "frame \(index)")
        }
        while returned < count {
            _ = try card.bench.collect(from: Self.sendQueue)
            returned += 1
        }
    }

    @Test("the link goes down with the other side, and frames are lost from then on")
    func closed() throws {
        let card = try Card()
        #expect(card.bench.device.readConfiguration(at: 6, width: .word) == 1)
        card.far = try SocketPair().far.duplicate()
        try card.offerBuffers(1, 1600)
        while card.bench.device.isLinkUp { _ = try card.bench.device.step() }

        #expect(card.bench.device.readConfiguration(at: 6, width: .word) == 0)
        #expect(card.bench.device.wires.clearConfigurationCall())
        #expect(card.bench.device.wires.generation == 1)
        #expect(!card.bench.device.wires.isBroken)
        try card.send(Self.plainHeader, Self.frame(60))
        #expect(card.bench.device.counters.droppedSending == 1)
    }

    @Test("a length that is none ends the connection", arguments: [65536, 0x7FFF_FFFF, 0xFFFF_FFFF])
    func nonsense(_ length: Int) throws {
        let card = try Card()
        try card.offerBuffers(4, 1600)
        try card.far.writeAll(Card.prefix(length))
        while card.bench.device.isLinkUp { _ = try card.bench.device.step() }
    }

    @Test("a sleeping card has put back the buffers it held")
    func sleep() throws {
        let card = try Card()
        try card.offerBuffers(20, 1600)
        try card.write([Self.frame(100)])
        _ = try card.bench.collect(from: Self.receiveQueue)

        card.bench.device.sleep()

        let progress = try #require(card.bench.device.queueProgress[Self.receiveQueue])
        #expect(progress.nextAvailable == 1)
        #expect(progress.nextUsed == 1)
        try card.write([Self.frame(200)])
        card.bench.device.wake()
        #expect(try card.bench.collect(from: Self.receiveQueue).byteCount == 212)
    }

    @Test("a buffer of the wrong direction breaks the card", arguments: [0, 1])
    func direction(_ queue: Int) throws {
        let card = try Card()
        try card.write([Self.frame(60)])
        try card.bench.offer([.init(Bench.buffers, 100, isWritable: queue == Self.sendQueue)], to: queue)
        while !card.bench.device.wires.isBroken { _ = try card.bench.device.step() }
    }

    @Test("the configuration is the address, then the status")
    func configuration() throws {
        let device = try VirtioNetwork(attachment: nil, address: Self.address)

        #expect(device.readConfiguration(at: 0, width: .quad) == 0x0000_0302_0100_5452)
        #expect(device.readConfiguration(at: 5, width: .byte) == 3)
        #expect(device.readConfiguration(at: .max - 1, width: .quad) & 0xFFFF == 0)
        #expect(!device.isLinkUp)
    }

    @Test("the card works on a thread of its own under its filter")
    func filtered() throws {
        let pair = try SocketPair()
        let device = try VirtioNetwork(
            attachment: PasstAttachment(owning: try pair.near.duplicate()), address: Self.address)
        let thread = try DeviceThread(device, filter: ThreadFilters.network)
        let bench = try Bench(device, isOnThread: true)
        for round in 0..<50 {
            let frame = Self.frame(100 + round)
            try pair.far.writeAll(Card.prefix(frame.count) + frame)
            try bench.offer([.init(Bench.buffers, 2000, isWritable: true)], to: Self.receiveQueue)
            #expect(try thread.collect(from: Self.receiveQueue, bench).byteCount == UInt32(112 + round))
            try bench.offer([.init(Bench.buffers, UInt32(112 + round))], to: Self.sendQueue)
            _ = try thread.collect(from: Self.sendQueue, bench)
            #expect(try SocketPair.read(104 + round, from: pair.far) == Card.prefix(frame.count) + frame)
        }
        thread.expectRest()
        device.stop()
        thread.join()
    }
}
