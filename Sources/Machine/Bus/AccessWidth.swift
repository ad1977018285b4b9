// SPDX-License-Identifier: Apache-2.0

/// The size of one access to a device's register, in bytes.
package enum AccessWidth: UInt8, Sendable, CaseIterable {
    case byte = 1
    case word = 2
    case long = 4
    case quad = 8

    /// All ones in this width: what a read of nothing returns.
    package var allOnes: UInt64 { self == .quad ? .max : (1 << (UInt64(rawValue) * 8)) - 1 }
}
