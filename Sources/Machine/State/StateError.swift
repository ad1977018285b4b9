// SPDX-License-Identifier: Apache-2.0

/// Why a saved state was refused.
package enum StateError: Error, Equatable, Sendable {
    case truncated(offset: Int)
    case wrongLength(id: UInt16, found: Int)
    case unknownCriticalField(id: UInt16)
    /// A value that the device can never have, such as an index past its registers.
    case invalidValue(id: UInt16)
}
