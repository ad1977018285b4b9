// SPDX-License-Identifier: Apache-2.0

/// A range that is not the guest's memory.
package struct GuestMemoryError: Error, Equatable, Sendable, CustomStringConvertible {
    package let address: GuestAddress
    package let byteCount: Int

    package init(address: GuestAddress, byteCount: Int) {
        self.address = address
        self.byteCount = byteCount
    }

    package var description: String { "\(byteCount) bytes at \(address) are not guest memory" }
}
