// SPDX-License-Identifier: Apache-2.0

/// Clusters of a file, by their numbers: half a KiB for each 4,096 that lie side by side.
struct ClusterSet {
    private static let pageCount: UInt64 = 4096
    private var pages: [UInt64: [UInt64]] = [:]

    mutating func insert(_ cluster: UInt64) {
        let inside = cluster % Self.pageCount
        pages[cluster / Self.pageCount, default: [UInt64](repeating: 0, count: 64)][Int(inside / 64)] |=
            1 << (inside % 64)
    }

    /// Calls `body` with each, in order.
    func forEach(_ body: (UInt64) throws(BlockError) -> Void) throws(BlockError) {
        for page in pages.keys.sorted() {
            for (index, word) in (pages[page] ?? []).enumerated() {
                var rest = word
                while rest != 0 {
                    try body(page * Self.pageCount + UInt64(index * 64 + rest.trailingZeroBitCount))
                    rest &= rest - 1
                }
            }
        }
    }
}
