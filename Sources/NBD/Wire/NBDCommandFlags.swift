// SPDX-License-Identifier: Apache-2.0

/// How a request is to be carried out ("NBD protocol", "Command flags").
package struct NBDCommandFlags: OptionSet, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// What it writes is durable before it is answered.
    package static let forceUnitAccess = NBDCommandFlags(rawValue: 1 << 0)
    /// The zeros keep their room.
    package static let noHole = NBDCommandFlags(rawValue: 1 << 1)
    /// The answer comes in one chunk.
    package static let dontFragment = NBDCommandFlags(rawValue: 1 << 2)
    package static let requestOne = NBDCommandFlags(rawValue: 1 << 3)
    /// Refused where it takes as long as writing the zeros.
    package static let fastZero = NBDCommandFlags(rawValue: 1 << 4)
}
