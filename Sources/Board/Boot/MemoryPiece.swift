// SPDX-License-Identifier: Apache-2.0

/// Bytes that belong into the guest's RAM.
package struct MemoryPiece: Equatable, Sendable {
    /// Where the first byte belongs.
    package let guestAddress: UInt64
    /// The bytes; never empty.
    package let bytes: [UInt8]

    package init(guestAddress: UInt64, bytes: [UInt8]) {
        self.guestAddress = guestAddress
        self.bytes = bytes
    }

    /// The addresses that it takes.
    package var range: AddressRange {
        AddressRange(start: guestAddress, byteCount: UInt64(bytes.count))
    }
}
