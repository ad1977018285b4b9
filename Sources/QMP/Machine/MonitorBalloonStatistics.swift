// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// What a guest tells of its memory, as the property `guest-stats` tells it (QEMU 7.2).
///
/// A number that the guest has not told is all ones. Memory is in bytes.
package struct MonitorBalloonStatistics: Equatable, Sendable {
    /// The names of the numbers, in QEMU's order.
    package enum Name: String, CaseIterable, Sendable {
        case swapOut = "stat-swap-out"
        case availableMemory = "stat-available-memory"
        case hugePageFailures = "stat-htlb-pgfail"
        case freeMemory = "stat-free-memory"
        case minorFaults = "stat-minor-faults"
        case majorFaults = "stat-major-faults"
        case totalMemory = "stat-total-memory"
        case hugePageAllocations = "stat-htlb-pgalloc"
        case swapIn = "stat-swap-in"
        case diskCaches = "stat-disk-caches"
    }

    /// What is not here counts as not told.
    package var values: [Name: UInt64]
    /// When they came, in seconds since 1970; 0 where none have come.
    package var lastUpdate: Int64

    /// Makes statistics.
    package init(values: [Name: UInt64] = [:], lastUpdate: Int64 = 0) {
        self.values = values
        self.lastUpdate = lastUpdate
    }

    /// The value of the property.
    var json: JSONValue {
        var stats = JSONObject()
        for name in Name.allCases { stats[name.rawValue] = JSONValue(values[name] ?? .max) }
        return ["stats": .object(stats), "last-update": .integer(lastUpdate)]
    }
}
