// SPDX-License-Identifier: Apache-2.0

/// A range that is not the guest's memory.
package struct GuestMemoryError: Error, Equatable, Sendable, CustomStringConvertible {
    package let address: GuestAddress
    package let byteCount: Int

    package var description: String { "\(byteCount) bytes at \(address) are not guest memory" }
}
