// SPDX-License-Identifier: Apache-2.0

/// What a disk may do in a second, by QEMU's names for it (`throttling.iops-total` and so on).
package struct ThrottleConfiguration: Equatable, Sendable {
    /// A limit: a rate in operations or bytes a second; with `-max` the rate of a burst, with `-max-length` how many
    /// seconds it lasts.
    package enum Key: String, CaseIterable, Sendable {
        case iopsTotal = "iops-total"
        case iopsTotalMaximum = "iops-total-max"
        case iopsTotalLength = "iops-total-max-length"
        case iopsRead = "iops-read"
        case iopsReadMaximum = "iops-read-max"
        case iopsReadLength = "iops-read-max-length"
        case iopsWrite = "iops-write"
        case iopsWriteMaximum = "iops-write-max"
        case iopsWriteLength = "iops-write-max-length"
        case bpsTotal = "bps-total"
        case bpsTotalMaximum = "bps-total-max"
        case bpsTotalLength = "bps-total-max-length"
        case bpsRead = "bps-read"
        case bpsReadMaximum = "bps-read-max"
        case bpsReadLength = "bps-read-max-length"
        case bpsWrite = "bps-write"
        case bpsWriteMaximum = "bps-write-max"
        case bpsWriteLength = "bps-write-max-length"
        /// Bytes of a request that count as one operation.
        case iopsSize = "iops-size"
    }

    /// The key of the group in documents and options.
    package static let groupKey = "group"

    package var values: [Key: UInt64]
    /// Disks with one group keep its limits together.
    package var group: String?

    package init(values: [Key: UInt64], group: String? = nil) {
        self.values = values
        self.group = group
    }
}
