// SPDX-License-Identifier: Apache-2.0

/// What a server says of an export before anybody reads it.
package struct ExportOffer: Sendable, Equatable {
    package let name: String
    package let description: String
    package let byteCount: UInt64
    /// What it can do; `sendDF` comes with structured replies.
    package let flags: NBDTransmissionFlags
    /// The names of its metadata contexts. A context's id is its index and one.
    package let contexts: [String]

    /// The block size that clients are told to prefer, in bytes; any is taken.
    static let preferredBlock: UInt32 = 4096
    /// The context that every export has.
    package static let allocationContext = "base:allocation"
    /// What the names of contexts of bitmaps begin with.
    package static let bitmapPrefix = "qemu:dirty-bitmap:"

    package init(
        name: String, description: String = "", byteCount: UInt64, flags: NBDTransmissionFlags, contexts: [String] = []
    ) {
        self.name = name
        self.description = description
        self.byteCount = byteCount
        self.flags = flags.union(.hasFlags)
        self.contexts = [Self.allocationContext] + contexts
    }

    func flags(isStructured: Bool) -> NBDTransmissionFlags { isStructured ? flags.union(.sendDF) : flags }

    /// The contexts that a query names: one of them, or all of a namespace (`base:`, `qemu:`, `qemu:dirty-bitmap:`) where
    /// `isListing`.
    func contexts(matching query: String, isListing: Bool) -> [Int] {
        contexts.indices.filter { index in
            let name = contexts[index]
            if name == query { return true }
            return isListing && query.hasSuffix(":") && name.hasPrefix(query)
        }
    }
}
