// SPDX-License-Identifier: Apache-2.0

/// A size of memory that the board cannot offer.
package enum AddressMapError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Less than `minimum` bytes were asked for.
    case memoryTooSmall(found: UInt64, minimum: UInt64)
    /// The size is no multiple of `unit` bytes.
    case memoryNotAligned(found: UInt64, unit: UInt64)
    /// RAM and the 64-bit PCI window above it do not fit into the processor's physical addresses.
    case memoryTooLarge(found: UInt64, maximum: UInt64, physicalAddressBits: Int)

    package var description: String {
        switch self {
        case .memoryTooSmall(let found, let minimum):
            "the machine has \(found) bytes of memory; it needs at least \(minimum.mebibytesRoundedUp) MiB"
        case .memoryNotAligned(let found, let unit):
            "the machine has \(found) bytes of memory; give a multiple of \(unit) bytes"
        case .memoryTooLarge(let found, let maximum, let bits):
            "the machine has \(found.mebibytesRoundedUp) MiB of memory; this processor has \(bits) bits of physical "
                + "address, which leave room for \(maximum / 0x10_0000) MiB"
        }
    }
}
