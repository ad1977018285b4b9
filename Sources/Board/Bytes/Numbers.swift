// SPDX-License-Identifier: Apache-2.0

extension UInt64 {
    /// The sum, or `nil` where it does not fit: for numbers that come from files.
    func adding(_ other: UInt64) -> UInt64? {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? nil : sum
    }

    /// The least multiple of `alignment` (a power of two) that is not below `self`, or `nil` where there is none.
    func roundedUp(to alignment: UInt64) -> UInt64? {
        adding(alignment - 1).map { $0 & ~(alignment - 1) }
    }

    /// The greatest multiple of `alignment` (a power of two) that is not above `self`.
    func roundedDown(to alignment: UInt64) -> UInt64 {
        self & ~(alignment - 1)
    }

    /// The number of whole MiB that hold this many bytes.
    var mebibytesRoundedUp: UInt64 {
        self / 0x10_0000 + (self % 0x10_0000 == 0 ? 0 : 1)
    }
}

extension BinaryInteger {
    /// The number as people write addresses: `0x` and hexadecimal digits.
    var hexadecimal: String { "0x" + String(self, radix: 16) }
}
