// SPDX-License-Identifier: Apache-2.0

/// Finds Ctrl-] typed twice in a row in what a terminal sends.
package struct EscapeDetector: Equatable, Sendable {
    private static let escape: UInt8 = 0x1d
    private var isHolding = false
    /// Whether the user has asked to leave.
    package private(set) var hasLeft = false

    package init() {}

    /// What is to be passed on of `bytes`. A single Ctrl-] is held back until the next key tells what it is.
    package mutating func filter(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        for byte in bytes where !hasLeft {
            if byte == Self.escape {
                hasLeft = isHolding
                isHolding = true
            } else {
                if isHolding { result.append(Self.escape) }
                isHolding = false
                result.append(byte)
            }
        }
        return result
    }
}
