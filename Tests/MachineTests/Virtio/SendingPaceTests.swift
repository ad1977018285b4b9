// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Host
import Machine
import MachineTesting
import Testing

@Suite("Network sending pace")
struct SendingPaceTests {
    private typealias Bench = Workbench<VirtioNetwork>
    private static let sendQueue = 1

    /// Another test may have sent in bulk on this thread.
    init() { _ = SchedulingPolicy.change(from: .batch, to: .normal) }

    /// Counts a whole window of frames and returns the thread's policy after the last one; the others must not change it.
    private static func window(_ byteCount: Int, _ pace: inout SendingPace) -> SchedulingPolicy? {
        let before = SchedulingPolicy.current
        for _ in 1..<SendingPace.window {
            pace.count(byteCount)
            #expect(SchedulingPolicy.current == before)
        }
        pace.count(byteCount)
        return SchedulingPolicy.current
    }

    @Test("a window of long frames makes the thread patient, and one of short frames ends it")
    func changes() {
        var pace = SendingPace()
        defer { _ = SchedulingPolicy.change(from: .batch, to: .normal) }

        #expect(Self.window(66, &pace) == .normal)
        #expect(Self.window(SendingPace.bulkAverage, &pace) == .batch)
        #expect(Self.window(65_549, &pace) == .batch)
        #expect(Self.window(SendingPace.bulkAverage - 1, &pace) == .normal)
        #expect(Self.window(1514, &pace) == .normal)
    }

    @Test("a thread that somebody has put under SCHED_BATCH stays there")
    func chosenByOthers() {
        var pace = SendingPace()
        #expect(SchedulingPolicy.change(from: .normal, to: .batch))
        defer { _ = SchedulingPolicy.change(from: .batch, to: .normal) }

        #expect(Self.window(60_000, &pace) == .batch)
        #expect(Self.window(66, &pace) == .batch)
    }

    @Test("a card sends in bulk under SCHED_BATCH, and short frames under SCHED_OTHER")
    func policy() throws {
        let pair = try SocketPair()
        let bench = try Bench(try Self.card(on: pair))
        defer { _ = SchedulingPolicy.change(from: .batch, to: .normal) }

        for (byteCount, expected) in [(60_000, SchedulingPolicy.batch), (100, .normal), (60_000, .batch)] {
            for _ in 0..<SendingPace.window {
                try bench.offer([.init(Bench.buffers, UInt32(12 + byteCount))], to: Self.sendQueue)
                _ = try bench.collect(from: Self.sendQueue)
                _ = try SocketPair.read(4 + byteCount, from: pair.far)
            }
            #expect(SchedulingPolicy.current == expected)
        }
    }

    @Test("a thread under its filter may send in bulk")
    func filtered() throws {
        let pair = try SocketPair()
        let device = try Self.card(on: pair)
        let thread = try DeviceThread(device, filter: ThreadFilters.network)
        let bench = try Bench(device, isOnThread: true)

        for _ in 0...SendingPace.window {
            try bench.offer([.init(Bench.buffers, 60_012)], to: Self.sendQueue)
            _ = try thread.collect(from: Self.sendQueue, bench)
            _ = try SocketPair.read(60_004, from: pair.far)
        }
        device.stop()
        thread.join()

        #expect(device.counters.sent == UInt64(SendingPace.window) + 1)
    }

    private static func card(on pair: borrowing SocketPair) throws -> VirtioNetwork {
        try VirtioNetwork(
            attachment: PasstAttachment(owning: try pair.near.duplicate()),
            address: MACAddress(rawValue: 0x5254_0001_0203))
    }
}
