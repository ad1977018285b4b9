// SPDX-License-Identifier: Apache-2.0
import Machine
import MachineTesting
import Testing

@Suite("Virtio balloon's statistics")
struct BalloonStatisticsTests {
    private typealias Bench = Workbench<VirtioBalloon>

    private func bench() throws -> Bench { try Bench(try VirtioBalloon(memoryByteCount: 16 << 20)) }

    private func tell(_ records: [(tag: UInt16, value: UInt64)], to bench: Bench) throws {
        let bytes = records.flatMap { record in
            [UInt8(truncatingIfNeeded: record.tag), UInt8(record.tag >> 8)]
                + (0..<8).map { UInt8(truncatingIfNeeded: record.value >> (8 * $0)) }
        }
        try bench.memory.write(bytes, at: Bench.buffers)
        try bench.offer([.init(Bench.buffers, UInt32(bytes.count))], to: 2)
        _ = try bench.device.step()
    }

    @Test("every number is taken by its tag, and unknown tags are skipped")
    func tags() throws {
        let bench = try bench()
        #expect(bench.device.statistics.lastUpdate == 0)

        try tell((0..<10).map { ($0, UInt64($0) << 40 + 1) } + [(999, 5)], to: bench)

        for tag in BalloonStatistics.Tag.allCases {
            #expect(bench.device.statistics[tag] == UInt64(tag.rawValue) << 40 + 1)
        }
        #expect(bench.device.statistics.lastUpdate > 1_600_000_000)
    }

    @Test("a number that is not told is all ones, and half a record is none")
    func missing() throws {
        let bench = try bench()
        try bench.memory.write([4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 1], at: Bench.buffers)

        try bench.offer([.init(Bench.buffers, 13)], to: 2)
        _ = try bench.device.step()

        #expect(bench.device.statistics[.freeMemory] == 1)
        #expect(bench.device.statistics[.totalMemory] == .max)
    }

    @Test("the chain is kept until statistics are asked for, and then returned with an interrupt")
    func held() throws {
        let bench = try bench()
        try tell([(4, 1)], to: bench)
        #expect(try bench.queues[2].collect() == nil)
        #expect(bench.device.queueProgress[2]?.nextAvailable == 0)

        bench.device.setPollingInterval(3600)

        bench.device.wires.kick(0)
        #expect(try bench.collect(from: 2).byteCount == 0)
        #expect(bench.device.wires.clearCall(2))
        #expect(bench.device.pollingInterval == 3600)
        #expect(bench.device.queueProgress[2]?.nextUsed == 1)
    }

    @Test("a second chain returns the first")
    func two() throws {
        let bench = try bench()
        try tell([(4, 1)], to: bench)

        try tell([(4, 2)], to: bench)

        _ = try bench.collect(from: 2)
        #expect(bench.device.statistics[.freeMemory] == 2)
        #expect(bench.device.queueProgress[2]?.nextAvailable == 1)
    }

    @Test("a sleeping device keeps the chain, and a device that goes on from there takes it anew")
    func goesOn() throws {
        let bench = try bench()
        try tell([(4, 77)], to: bench)
        bench.device.sleep()
        let other = try VirtioBalloon(memoryByteCount: 16 << 20)
        try other.begin()
        try other.restoreDeviceState(bench.device.deviceStateBytes)
        try other.activate(
            .init(memory: bench.memory, features: bench.features, queues: bench.device.queueProgress))

        other.wires.kick(2)
        _ = try other.step()

        #expect(other.statistics[.freeMemory] == 77)
    }

    @Test("a reset forgets what the guest told")
    func reset() throws {
        let bench = try bench()
        try tell([(4, 77)], to: bench)

        try bench.reset()

        #expect(bench.device.statistics == BalloonStatistics())
    }
}
