// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Testing

@Suite("Throttling")
struct ThrottleTests {
    /// A guest that always has a request ready, on a clock that goes as far as it has to wait: when each was admitted.
    private static func times(
        _ limits: ThrottleLimits, count: Int, byteCount: Int = 4096, isRead: @escaping (Int) -> Bool = { _ in true }
    ) -> [UInt64] {
        let group = ThrottleGroup(name: "g", limits: limits, now: 1000)
        var now: UInt64 = 1000
        return (0..<count).map { index in
            while case let delay = group.admit(isRead: isRead(index), byteCount: byteCount, now: now), delay > 0 {
                now += delay
            }
            return now - 1000
        }
    }

    @Test("a rate is kept in the long run, and a tenth of a second's worth is let through at once")
    func average() {
        var limits = ThrottleLimits()
        limits.operations.total = .init(average: 100)

        let times = Self.times(limits, count: 1000)

        #expect(times.count { $0 == 0 } == 11)
        #expect((9_890_000_000...9_890_100_000).contains(times[999]))
    }

    @Test("bytes count as they are")
    func bytes() {
        var limits = ThrottleLimits()
        limits.bytes.read = .init(average: 1 << 20)

        let times = Self.times(limits, count: 512)

        #expect((1_880_000_000...1_900_000_000).contains(times[511]))
        #expect(Self.times(limits, count: 512) { _ in false }[511] == 0)
    }

    @Test("a burst lasts as long as it may, at its rate, and the average follows")
    func burst() {
        var limits = ThrottleLimits()
        limits.operations.write = .init(average: 100, burst: 1000, burstSeconds: 3)

        let times = Self.times(limits, count: 5000) { _ in false }

        // At the rate of the burst first: a tenth of a second's worth at once, then one a millisecond.
        #expect(times[1000] > 850_000_000 && times[1000] < 950_000_000)
        // 3 s of the burst pour 3000 in, of which 300 run out meanwhile.
        #expect(times[3200] > 3_000_000_000 && times[3200] < 3_400_000_000)
        let last = times[4999] - times[4899]
        #expect(last > 990_000_000 && last < 1_010_000_000)
    }

    @Test("a long request counts as several operations")
    func operationSize() {
        var limits = ThrottleLimits()
        limits.operations.total = .init(average: 100)
        limits.operationByteCount = 4096

        #expect(Self.times(limits, count: 100, byteCount: 65536)[99] > 15_000_000_000)
        #expect(Self.times(limits, count: 100, byteCount: 512)[99] < 1_000_000_000)
    }

    @Test("disks of a group share what the group may do")
    func groups() {
        var limits = ThrottleLimits()
        limits.operations.total = .init(average: 100)
        let group = ThrottleGroup(name: "g", limits: limits, now: 0)

        let admitted = (0..<2).flatMap { _ in (0..<100).map { _ in group.admit(isRead: true, byteCount: 1, now: 0) } }

        #expect(admitted.count { $0 == 0 } == 11)
        group.set(ThrottleLimits(), now: 0)
        #expect(group.admit(isRead: true, byteCount: 1, now: 0) == 0)
    }

    @Test("limits that cannot be kept are refused in QEMU's words")
    func problems() {
        func problem(_ change: (inout ThrottleLimits) -> Void) -> String? {
            var limits = ThrottleLimits()
            change(&limits)
            return limits.problem
        }

        #expect(problem { $0.bytes.total.average = 5 } == nil)
        #expect(
            problem {
                $0.bytes.total.average = 5
                $0.bytes.read.average = 5
            }?.contains("at the same time") == true)
        #expect(problem { $0.bytes.total.burst = 5 }?.contains("require corresponding") == true)
        #expect(problem { $0.bytes.total = .init(average: 5, burst: 4) }?.contains("cannot be lower") == true)
        #expect(problem { $0.bytes.total = .init(average: 5, burst: 9, burstSeconds: 0) }?.contains("be 0") == true)
        #expect(problem { $0.bytes.total = .init(average: 5, burstSeconds: 2) }?.contains("without burst") == true)
        #expect(problem { $0.bytes.total.average = .max }?.contains("within") == true)
        #expect(problem { $0.operationByteCount = 4096 }?.contains("requires an iops value") == true)
        #expect(
            problem { $0.bytes.total = .init(average: 5, burst: 9, burstSeconds: .max) }?.contains("too high") == true)
    }
}
