// SPDX-License-Identifier: Apache-2.0

/// The register of a descriptor table (GDTR, IDTR).
package struct DescriptorTable: Equatable, Sendable {
    /// The table's linear address.
    package var base: UInt64
    /// The last offset within the table, in bytes.
    package var limit: UInt16

    package init(base: UInt64, limit: UInt16) {
        self.base = base
        self.limit = limit
    }
}
