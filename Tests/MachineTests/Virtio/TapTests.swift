// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Host
import Machine
import MachineTesting
import Testing

@Suite("Virtio network over a TAP")
struct TapTests {
    private typealias Bench = Workbench<VirtioNetwork>
    private static let receiveQueue = 0
    private static let sendQueue = 1

    /// A frame for everyone, of an experimental type that no host answers.
    private static func frame(_ count: Int) -> [UInt8] {
        [UInt8](repeating: 0xFF, count: 6) + [0x52, 0x54, 0, 1, 2, 3, 0x88, 0xB5]
            + (14..<count).map { UInt8(truncatingIfNeeded: $0 &* 3 &+ $0 / 256) }
    }

    private static func bench(_ namespace: borrowing TapNamespace, features: UInt64 = .max) throws -> Bench {
        let attachment = try TapAttachment(owning: try namespace.tap.duplicate())
        let device = try VirtioNetwork(attachment: attachment, address: MACAddress(rawValue: 0x5254_0001_0203))
        return try Bench(device, features: device.offeredFeatures & features)
    }

    private static func offerBuffers(_ bench: Bench, _ count: Int, _ byteCount: UInt32) throws {
        for index in 0..<count {
            try bench.offer(
                [.init(Bench.buffers + UInt64(index) * 0x1000, byteCount, isWritable: true)], to: receiveQueue)
        }
    }

    /// Takes a frame out of the buffers from number `first` on.
    private static func collect(_ bench: Bench, first: Int = 0) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chains = 1
        var index = 0
        while index < chains {
            let used = try bench.collect(from: receiveQueue)
            bytes += try bench.memory.read(
                at: Bench.buffers + UInt64(first + index) * 0x1000, count: Int(used.byteCount))
            if index == 0 { chains = Int(bytes[10]) | Int(bytes[11]) << 8 }
            index += 1
        }
        return bytes
    }

    @Test(
        "frames go both ways, over one buffer and over several",
        .enabled(if: TapNamespace.obstacle == nil, TapNamespace.comment))
    func bothWays() throws {
        try TapNamespace.run { namespace in
            let bench = try Self.bench(namespace)
            try Self.offerBuffers(bench, 64, 1600)
            var used = 0
            for count in [60, 1514, 5000, 9000] {
                try namespace.socket.writeAll(Self.frame(count))
                let bytes = try Self.collect(bench, first: used)
                #expect(Array(bytes.dropFirst(12)) == Self.frame(count))
                used += (bytes.count + 1599) / 1600

                let start = Bench.buffers + 0x40_0000
                try bench.memory.write([UInt8](repeating: 0, count: 12) + Self.frame(count), at: start)
                try bench.offer([.init(start, 12), .init(start + 12, UInt32(count))], to: Self.sendQueue)
                _ = try bench.collect(from: Self.sendQueue)
                try waitUntilReady(namespace.socket.borrowed, readable: true)
                #expect(try namespace.socket.read(upTo: 16384) == Self.frame(count))
            }
            #expect(bench.device.counters == NetworkCounters(received: 4, sent: 4))
        }
    }

    @Test(
        "a frame longer than the buffers at hand waits for more",
        .enabled(if: TapNamespace.obstacle == nil, TapNamespace.comment))
    func waits() throws {
        try TapNamespace.run { namespace in
            let bench = try Self.bench(namespace)
            try Self.offerBuffers(bench, 2, 1600)
            try namespace.socket.writeAll(Self.frame(5000))
            for _ in 0..<2 {
                bench.device.wires.kick(Self.receiveQueue)
                _ = try bench.device.step()
            }
            #expect(bench.device.counters.received == 0)
            for index in 2..<6 {
                try bench.offer(
                    [.init(Bench.buffers + UInt64(index) * 0x1000, 1600, isWritable: true)], to: Self.receiveQueue)
            }

            #expect(Array(try Self.collect(bench).dropFirst(12)) == Self.frame(5000))
        }
    }

    @Test(
        "a header that contradicts its frame, or was not negotiated, loses the frame alone",
        .enabled(if: TapNamespace.obstacle == nil, TapNamespace.comment))
    func headers() throws {
        try TapNamespace.run { namespace in
            let bench = try Self.bench(namespace, features: ~NetworkFeature.hostSegments6)
            let start = Bench.buffers + 0x40_0000
            let headers: [[UInt8]] = [
                [1, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0], [0, 4, 0, 0, 0xDC, 5, 0, 0, 0, 0, 0, 0],
                [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            ]
            for header in headers {
                try bench.memory.write(header + Self.frame(60), at: start)
                try bench.offer([.init(start, 72)], to: Self.sendQueue)
                _ = try bench.collect(from: Self.sendQueue)
            }
            #expect(bench.device.counters == NetworkCounters(droppedSending: 4))
        }
    }

    @Test(
        "the card works on a thread of its own under its filter",
        .enabled(if: TapNamespace.obstacle == nil, TapNamespace.comment))
    func filtered() throws {
        try TapNamespace.run { namespace in
            let attachment = try TapAttachment(owning: try namespace.tap.duplicate())
            let device = try VirtioNetwork(attachment: attachment, address: MACAddress(rawValue: 0x5254_0001_0203))
            let thread = try DeviceThread(device, filter: ThreadFilters.network)
            let bench = try Bench(device, isOnThread: true)
            for _ in 0..<20 {
                try bench.offer([.init(Bench.buffers, 2000, isWritable: true)], to: Self.receiveQueue)
                try namespace.socket.writeAll(Self.frame(100))
                #expect(try thread.collect(from: Self.receiveQueue, bench).byteCount == 112)
                try bench.offer([.init(Bench.buffers, 112)], to: Self.sendQueue)
                _ = try thread.collect(from: Self.sendQueue, bench)
            }
            device.deactivate()
            thread.expectRest()
            device.stop()
            thread.join()
        }
    }
}
