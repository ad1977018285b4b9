// SPDX-License-Identifier: Apache-2.0

/// What a server and a client have agreed on.
package struct AgreedExport: Equatable, Sendable {
    /// The place of the export in the server's list.
    package let index: Int
    package let isStructured: Bool
    /// The contexts that the client wants to hear of: places in the offer's list.
    package let contexts: [Int]

    package init(index: Int, isStructured: Bool, contexts: [Int]) {
        self.index = index
        self.isStructured = isStructured
        self.contexts = contexts
    }
}
