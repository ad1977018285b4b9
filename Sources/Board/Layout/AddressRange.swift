// SPDX-License-Identifier: Apache-2.0

/// A run of guest-physical addresses (or of I/O ports); it never wraps around.
package struct AddressRange: Equatable, Hashable, Sendable {
    /// The first address.
    package let start: UInt64
    /// The length in bytes.
    package let byteCount: UInt64

    /// `start + byteCount` must not exceed 2^64 - 1: a range that comes from outside is checked before.
    package init(start: UInt64, byteCount: UInt64) {
        precondition(start.adding(byteCount) != nil, "an address range does not wrap around")
        self.start = start
        self.byteCount = byteCount
    }

    /// The first address past the range.
    package var end: UInt64 { start + byteCount }

    /// Whether `address` lies in the range.
    package func contains(_ address: UInt64) -> Bool {
        address >= start && address - start < byteCount
    }

    /// Whether every address of `other` lies in the range; true for an empty range that begins in it or at its end.
    package func contains(_ other: AddressRange) -> Bool {
        other.start >= start && other.end <= end
    }

    /// Whether the two ranges share an address.
    package func overlaps(_ other: AddressRange) -> Bool {
        start < other.end && other.start < end && byteCount > 0 && other.byteCount > 0
    }
}
