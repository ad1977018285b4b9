// SPDX-License-Identifier: Apache-2.0

/// A base address register for memory (PCI 3.0 §6.2.5.1).
package struct PCIBAR: Equatable, Sendable {
    /// The size in bytes: a power of two, 4 KiB or more, so that no two functions share a page.
    package let byteCount: UInt64
    /// Whether it takes two registers and may lie above 4 GiB.
    package let is64Bit: Bool
    package let isPrefetchable: Bool

    package init(byteCount: UInt64, is64Bit: Bool, isPrefetchable: Bool) {
        precondition(byteCount.nonzeroBitCount == 1 && byteCount >= 4096, "a BAR is a power of two, 4 KiB or more")
        precondition(is64Bit || byteCount <= 1 << 31, "a 32-bit BAR is 2 GiB at most")
        self.byteCount = byteCount
        self.is64Bit = is64Bit
        self.isPrefetchable = isPrefetchable
    }

    /// The bits of the low register that say what the BAR is.
    var flags: UInt32 { (is64Bit ? 0b100 : 0) | (isPrefetchable ? 0b1000 : 0) }

    /// The bits of both registers that a guest can set.
    var writableBits: UInt64 { ~(byteCount - 1) }
}
