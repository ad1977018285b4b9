// SPDX-License-Identifier: Apache-2.0

/// A run of guest RAM: one KVM memory slot.
package struct MemoryRegion: Equatable, Sendable {
    /// Where the guest sees it.
    package let range: AddressRange
    /// Where it begins within the machine's RAM, in bytes: the regions follow one another without a gap.
    package let offset: UInt64

    package init(range: AddressRange, offset: UInt64) {
        self.range = range
        self.offset = offset
    }
}
