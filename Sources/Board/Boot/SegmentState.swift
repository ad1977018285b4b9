// SPDX-License-Identifier: Apache-2.0

/// A segment register with what its descriptor says; the fields are those of KVM's `kvm_segment`.
package struct SegmentState: Equatable, Sendable {
    /// The selector.
    package var selector: UInt16
    /// The first linear address.
    package var base: UInt64
    /// The last offset, in bytes, as the processor holds it (granularity applied).
    package var limit: UInt32
    /// The descriptor's type, 4 bits.
    package var type: UInt8
    /// False for a system segment (TSS, LDT).
    package var isCodeOrData: Bool
    /// Whether it is a 64-bit code segment (L).
    package var isLong: Bool
    /// Whether operands and addresses are 32 bits (D/B).
    package var is32Bit: Bool
    /// Whether the descriptor counts its limit in pages (G).
    package var hasPageGranularity: Bool
    /// False for a register that holds nothing; the other fields are then 0.
    package var isUsable: Bool

    package init(
        selector: UInt16, base: UInt64 = 0, limit: UInt32, type: UInt8, isCodeOrData: Bool = true,
        isLong: Bool = false, is32Bit: Bool = false, hasPageGranularity: Bool = false, isUsable: Bool = true
    ) {
        self.selector = selector
        self.base = base
        self.limit = limit
        self.type = type
        self.isCodeOrData = isCodeOrData
        self.isLong = isLong
        self.is32Bit = is32Bit
        self.hasPageGranularity = hasPageGranularity
        self.isUsable = isUsable
    }

    /// A register that holds nothing.
    package static let unusable = SegmentState(
        selector: 0, limit: 0, type: 0, isCodeOrData: false, isUsable: false)

    /// The descriptor that a table in memory has for this segment; privilege level 0, present.
    package var descriptor: UInt64 {
        guard isUsable else { return 0 }
        let units = UInt64(hasPageGranularity ? limit >> 12 : limit)
        var value = (units & 0xffff) | (base & 0xff_ffff) << 16
        value |= UInt64(type & 0xf) << 40 | (isCodeOrData ? 1 << 44 : 0) | 1 << 47
        value |= (units >> 16 & 0xf) << 48 | (isLong ? 1 << 53 : 0) | (is32Bit ? 1 << 54 : 0)
        value |= (hasPageGranularity ? 1 << 55 : 0) | (base >> 24 & 0xff) << 56
        return value
    }
}
