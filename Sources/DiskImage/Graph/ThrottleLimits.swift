// SPDX-License-Identifier: Apache-2.0

/// What a disk, or a group of disks, may do in a second.
package struct ThrottleLimits: Equatable, Sendable {
    /// A rate, and how far it may be exceeded for a while.
    package struct Rate: Equatable, Sendable {
        /// Units in a second, in the long run; 0 for no limit.
        package var average: UInt64
        /// Units in a second while a burst lasts; 0 for a tenth of a second's worth at once.
        package var burst: UInt64
        /// How many seconds a burst may last.
        package var burstSeconds: UInt64

        package init(average: UInt64 = 0, burst: UInt64 = 0, burstSeconds: UInt64 = 1) {
            self.average = average
            self.burst = burst
            self.burstSeconds = burstSeconds
        }
    }

    /// Rates of reads and writes together, and of each alone.
    package struct Rates: Equatable, Sendable {
        package var total = Rate()
        package var read = Rate()
        package var write = Rate()
        package init() {}
    }

    package var bytes = Rates()
    package var operations = Rates()
    /// A request counts as one operation for each so many bytes that it begins; 0 for one, however long it is.
    package var operationByteCount: UInt64 = 0

    package init() {}

    /// The largest rate that can be set.
    package static let maximum: UInt64 = 1_000_000_000_000_000

    package var isUnlimited: Bool {
        [bytes, operations].allSatisfy { rates in
            rates.total.average == 0 && rates.read.average == 0 && rates.write.average == 0
        }
    }

    /// What is wrong with the limits, in QEMU's words; `nil` where nothing is.
    package var problem: String? {
        for rates in [bytes, operations] {
            let hasTotal = rates.total.average > 0
            if hasTotal, rates.read.average > 0 || rates.write.average > 0 {
                return "bps/iops/max total values and read/write values cannot be used at the same time"
            }
            for rate in [rates.total, rates.read, rates.write] {
                if let problem = Self.problem(with: rate) { return problem }
            }
            if rates.total.burst > 0, rates.read.burst > 0 || rates.write.burst > 0 {
                return "bps/iops/max total values and read/write values cannot be used at the same time"
            }
        }
        if operationByteCount > 0,
            ![operations.total, operations.read, operations.write].contains(where: { $0.average > 0 })
        {
            return "iops size requires an iops value to be set"
        }
        return nil
    }

    private static func problem(with rate: Rate) -> String? {
        if rate.average > maximum || rate.burst > maximum {
            return "bps/iops/max values must be within [0, \(maximum)]"
        }
        if rate.burstSeconds == 0 { return "the burst length cannot be 0" }
        if rate.burstSeconds > 1, rate.burst == 0 { return "burst length set without burst rate" }
        if rate.burst > 0, rate.burstSeconds > maximum / rate.burst {
            return "burst length too high for this burst rate"
        }
        if rate.burst > 0, rate.average == 0 {
            return "bps_max/iops_max require corresponding bps/iops values"
        }
        if rate.burst > 0, rate.burst < rate.average { return "bps_max/iops_max cannot be lower than bps/iops" }
        return nil
    }
}
