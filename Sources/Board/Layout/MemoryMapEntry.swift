// SPDX-License-Identifier: Apache-2.0

/// An entry of the memory map that the guest's kernel is given (ACPI 6.4 §15, "e820").
package struct MemoryMapEntry: Equatable, Sendable {
    /// What the range is, by its e820 number; PVH and multiboot use the same numbers.
    package enum Kind: UInt32, Sendable {
        /// RAM that the guest may use.
        case usable = 1
        /// Not RAM, or RAM that is not the guest's to use.
        case reserved = 2
    }

    /// The addresses that it describes.
    package let range: AddressRange
    /// What they are.
    package let kind: Kind

    package init(range: AddressRange, kind: Kind) {
        self.range = range
        self.kind = kind
    }
}
