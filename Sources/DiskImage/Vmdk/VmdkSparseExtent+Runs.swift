// SPDX-License-Identifier: Apache-2.0

extension VmdkSparseExtent {
    /// How the bytes at `offset` are kept, and how far that goes: to `end` at most, and within one grain table.
    func run(from offset: UInt64, to end: UInt64) throws(BlockError) -> BlockExtent {
        let first = try grain(at: offset)
        let start = offset / header.grainByteCount * header.grainByteCount
        let last = min(end, offset / header.tableReach * header.tableReach + header.tableReach)
        var next = start + header.grainByteCount
        while next < last, continues(first, by: next - start, with: try grain(at: next)) {
            next += header.grainByteCount
        }
        let range = offset..<min(next, last)
        switch first {
        case .absent: return BlockExtent(range: range, isPresent: false, isZero: true, isData: false)
        case .zero: return BlockExtent(range: range, isPresent: true, isZero: true, isData: false)
        case .stored(let fileOffset):
            return BlockExtent(
                range: range, isPresent: true, isZero: false, isData: true, isCompressed: header.isCompressed,
                fileOffset: header.isCompressed ? nil : fileOffset + (offset - start))
        }
    }

    /// Whether a grain that begins `distance` bytes behind the first one's beginning is kept in the same way.
    private func continues(_ first: Grain, by distance: UInt64, with next: Grain) -> Bool {
        switch (first, next) {
        case (.absent, .absent), (.zero, .zero): true
        case (.stored(let place), .stored(let nextPlace)):
            header.isCompressed || (nextPlace > place && nextPlace - place == distance)
        default: false
        }
    }
}
