// SPDX-License-Identifier: Apache-2.0

/// A number of bytes as people write it: digits, then K, M, G or T (powers of 1024), then perhaps `iB` or `B`.
package struct ByteSize: Equatable, Sendable {
    package let byteCount: UInt64

    package init(byteCount: UInt64) {
        self.byteCount = byteCount
    }

    /// Reads `text`; `nil` where it is no size, zero, or more than 63 bits hold.
    package init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = UInt64(digits), number > 0 else { return nil }
        let shifts = ["": 0, "B": 0, "K": 10, "M": 20, "G": 30, "T": 40]
        var unit = text.dropFirst(digits.count).uppercased()
        for ending in ["IB", "B"] where unit.count > ending.count && unit.hasSuffix(ending) {
            unit.removeLast(ending.count)
        }
        guard let shift = shifts[unit] else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: 1 << UInt64(shift))
        guard !overflow, product <= UInt64(Int64.max) else { return nil }
        byteCount = product
    }

    /// In MiB, rounded down.
    package var mebibytes: UInt64 { byteCount >> 20 }
}
