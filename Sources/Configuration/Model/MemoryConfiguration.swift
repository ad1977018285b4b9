// SPDX-License-Identifier: Apache-2.0

/// The guest's RAM.
package struct MemoryConfiguration: Equatable, Sendable {
    /// The least RAM of a machine, in bytes: 32 MiB.
    package static let minimumByteCount: UInt64 = 32 << 20
    /// The most RAM of a machine, in bytes: 4 TiB.
    package static let maximumByteCount: UInt64 = 4 << 40
    /// RAM comes in multiples of this many bytes: 1 MiB.
    package static let granularity: UInt64 = 1 << 20
    /// RAM on huge pages comes in multiples of this many bytes: 2 MiB.
    package static let hugePageByteCount: UInt64 = 2 << 20

    /// Size of the RAM, in bytes.
    package var byteCount: UInt64
    /// Whether the kernel may share equal pages between machines (KSM).
    package var mergeable: Bool
    /// Whether the RAM asks for huge pages.
    package var hugePages: Bool

    /// Makes RAM of `byteCount` bytes.
    package init(byteCount: UInt64 = 512 << 20, mergeable: Bool = false, hugePages: Bool = false) {
        self.byteCount = byteCount
        self.mergeable = mergeable
        self.hugePages = hugePages
    }
}
