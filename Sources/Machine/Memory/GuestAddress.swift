// SPDX-License-Identifier: Apache-2.0

/// An address in the guest's physical memory.
package struct GuestAddress: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: GuestAddress, right: GuestAddress) -> Bool { left.rawValue < right.rawValue }

    /// The address `offset` bytes above; it may wrap, and `GuestMemory` refuses what is not memory.
    package static func + (address: GuestAddress, offset: UInt64) -> GuestAddress {
        GuestAddress(address.rawValue &+ offset)
    }

    package var description: String { "0x" + String(rawValue, radix: 16) }
}
