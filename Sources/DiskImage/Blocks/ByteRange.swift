// SPDX-License-Identifier: Apache-2.0

extension Range<UInt64> {
    /// How many bytes it spans, where `count` would be an `Int` that may not hold them.
    package var length: UInt64 { upperBound - lowerBound }
}
