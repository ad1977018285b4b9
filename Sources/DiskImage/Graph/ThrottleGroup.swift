// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Disks that keep one set of limits together. Any thread.
package final class ThrottleGroup: Sendable {
    package let name: String
    private let state: Mutex<State>

    private struct State {
        var limits: ThrottleLimits
        var bytes: Buckets
        var operations: Buckets
        var last: UInt64
    }

    private struct Buckets {
        var total: ThrottleBucket
        var read: ThrottleBucket
        var write: ThrottleBucket

        init(_ rates: ThrottleLimits.Rates) {
            total = ThrottleBucket(rates.total)
            read = ThrottleBucket(rates.read)
            write = ThrottleBucket(rates.write)
        }

        mutating func leak(_ nanoseconds: UInt64) {
            total.leak(nanoseconds)
            read.leak(nanoseconds)
            write.leak(nanoseconds)
        }

        mutating func add(_ units: UInt64, isRead: Bool) {
            total.add(units)
            if isRead { read.add(units) } else { write.add(units) }
        }

        func delay(isRead: Bool) -> UInt64 { max(total.delay, isRead ? read.delay : write.delay) }
    }

    /// - Parameter now: Nanoseconds on a clock that only goes forward; the same clock in all calls.
    package init(name: String, limits: ThrottleLimits, now: UInt64) {
        self.name = name
        state = Mutex(
            State(limits: limits, bytes: Buckets(limits.bytes), operations: Buckets(limits.operations), last: now))
    }

    package var limits: ThrottleLimits { state.withLock { $0.limits } }

    /// Other limits from now on; what was done before is forgotten.
    package func set(_ limits: ThrottleLimits, now: UInt64) {
        state.withLock {
            $0 = State(
                limits: limits, bytes: Buckets(limits.bytes), operations: Buckets(limits.operations), last: now)
        }
    }

    /// Counts a request, unless it has to wait.
    ///
    /// - Returns: 0, or after how many nanoseconds it should be tried again: then it is counted if nobody else of the
    ///   group was faster.
    package func admit(isRead: Bool, byteCount: Int, now: UInt64) -> UInt64 {
        state.withLock { state in
            let elapsed = now > state.last ? now - state.last : 0
            state.last = max(now, state.last)
            state.bytes.leak(elapsed)
            state.operations.leak(elapsed)
            let delay = max(state.bytes.delay(isRead: isRead), state.operations.delay(isRead: isRead))
            guard delay == 0 else { return delay }
            let size = state.limits.operationByteCount
            let operations = size > 0 ? max(1, (UInt64(byteCount) + size - 1) / size) : 1
            state.bytes.add(UInt64(byteCount), isRead: isRead)
            state.operations.add(operations, isRead: isRead)
            return 0
        }
    }
}

/// A leaky bucket: what is done is poured in, and runs out at the rate that is allowed in the long run. A second one,
/// which runs out at the rate of a burst, keeps a long burst to its rate.
struct ThrottleBucket {
    private let rate: ThrottleLimits.Rate
    private var level = 0.0
    private var burstLevel = 0.0

    init(_ rate: ThrottleLimits.Rate) { self.rate = rate }

    mutating func leak(_ nanoseconds: UInt64) {
        let seconds = Double(nanoseconds) / 1e9
        level = max(0, level - Double(rate.average) * seconds)
        burstLevel = max(0, burstLevel - Double(rate.burst) * seconds)
    }

    mutating func add(_ units: UInt64) {
        guard rate.average > 0 else { return }
        level += Double(units)
        burstLevel += Double(units)
    }

    /// Nanoseconds until the next may be poured in; 0 for now. What is in the bucket may exceed it by one request.
    var delay: UInt64 {
        guard rate.average > 0 else { return 0 }
        let room = rate.burst > 0 ? Double(rate.burst) * Double(rate.burstSeconds) : Double(rate.average) / 10
        if level > room { return Self.nanoseconds(level - room, at: rate.average) }
        guard rate.burst > 0, rate.burstSeconds > 1 else { return 0 }
        let burstRoom = Double(rate.burst) / 10
        return burstLevel > burstRoom ? Self.nanoseconds(burstLevel - burstRoom, at: rate.burst) : 0
    }

    /// At least one, and at most a day, after which it is tried again.
    private static func nanoseconds(_ units: Double, at rate: UInt64) -> UInt64 {
        UInt64(min(max(1, (units / Double(rate) * 1e9).rounded(.up)), 86_400e9))
    }
}
