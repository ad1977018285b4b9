// SPDX-License-Identifier: Apache-2.0

/// What a guest tells of its memory (virtio 1.2 §5.5.6.3): its word, and no more.
package struct BalloonStatistics: Equatable, Sendable {
    /// What a number counts; the raw value is the tag of VIRTIO_BALLOON_S_….
    package enum Tag: UInt16, CaseIterable, Sendable {
        case swapIn = 0
        case swapOut = 1
        case majorFaults = 2
        case minorFaults = 3
        case freeMemory = 4
        case totalMemory = 5
        case availableMemory = 6
        case diskCaches = 7
        case hugePageAllocations = 8
        case hugePageFailures = 9
    }

    /// A number that the guest has not told.
    package static let unknown = UInt64.max
    /// A record has a tag of 2 bytes and a value of 8, without a gap.
    static let recordByteCount = 10
    /// The most records that are read at once; a tag may come twice, and then its last value counts.
    static let recordLimit = 64

    private var values = [UInt64](repeating: BalloonStatistics.unknown, count: Tag.allCases.count)
    /// When they came, in seconds since 1970; 0 where none have come.
    package internal(set) var lastUpdate: Int64 = 0

    package init() {}

    /// Reads the driver's records. Unknown tags are skipped, and so is what follows the last whole record.
    init(records bytes: [UInt8], at time: Int64) {
        lastUpdate = time
        var position = 0
        while bytes.count - position >= Self.recordByteCount {
            let tag = UInt16(bytes[position]) | UInt16(bytes[position + 1]) << 8
            if let tag = Tag(rawValue: tag) {
                values[Int(tag.rawValue)] = (0..<8).reduce(0) { $0 | UInt64(bytes[position + 2 + $1]) << (8 * $1) }
            }
            position += Self.recordByteCount
        }
    }

    /// The guest's number; memory is in bytes.
    package subscript(tag: Tag) -> UInt64 { values[Int(tag.rawValue)] }
}
