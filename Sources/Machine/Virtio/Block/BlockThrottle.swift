// SPDX-License-Identifier: Apache-2.0
package import DiskImage
internal import Glibc

/// The transfers that a disk's limits keep waiting, reads and writes each in the order in which they came.
///
/// Belongs to the device's thread.
final class BlockThrottle {
    let group: ThrottleGroup
    private var reads: [BlockRequest] = []
    private var writes: [BlockRequest] = []
    /// When the first of them is tried again, in nanoseconds of the monotonic clock.
    private var deadline = UInt64.max

    init(_ group: ThrottleGroup) { self.group = group }

    /// Whether a transfer may begin now; else it is kept.
    func admits(_ request: BlockRequest) -> Bool {
        let isFirst = request.isRead ? reads.isEmpty : writes.isEmpty
        if isFirst, isAdmitted(request, at: Self.now) { return true }
        if request.isRead { reads.append(request) } else { writes.append(request) }
        return false
    }

    /// Nanoseconds until something is to be tried again; `nil` where nothing waits.
    var delay: UInt64? {
        guard !reads.isEmpty || !writes.isEmpty else { return nil }
        let now = Self.now
        return deadline > now ? deadline - now : 0
    }

    /// Takes those that may begin now.
    func takeAdmitted() -> [BlockRequest] {
        guard !reads.isEmpty || !writes.isEmpty else { return [] }
        let now = Self.now
        guard now >= deadline else { return [] }
        deadline = .max
        var result: [BlockRequest] = []
        while let request = reads.first, isAdmitted(request, at: now) { result.append(reads.removeFirst()) }
        while let request = writes.first, isAdmitted(request, at: now) { result.append(writes.removeFirst()) }
        return result
    }

    /// Takes all, whatever the limits are: the device is to come to rest.
    func takeAll() -> [BlockRequest] {
        let result = reads + writes
        reads = []
        writes = []
        deadline = .max
        return result
    }

    /// The limits have changed: everything is tried again.
    func tryAgain() { deadline = 0 }

    private func isAdmitted(_ request: BlockRequest, at now: UInt64) -> Bool {
        let delay = group.admit(isRead: request.isRead, byteCount: request.byteCount, now: now)
        if delay > 0 { deadline = min(deadline, now + delay) }
        return delay == 0
    }

    static var now: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

extension ThrottleGroup {
    /// A group by the clock of block devices.
    package convenience init(name: String, limits: ThrottleLimits) {
        self.init(name: name, limits: limits, now: BlockThrottle.now)
    }

    /// Other limits from now on, for devices that are told to try again.
    package func set(_ limits: ThrottleLimits) { set(limits, now: BlockThrottle.now) }
}
