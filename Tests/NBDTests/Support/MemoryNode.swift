// SPDX-License-Identifier: Apache-2.0
import DiskImage

/// A disk in memory, whose zeros in whole blocks of 4 KiB are holes, and which fails where it is told to.
final class MemoryNode: BlockNode, FastZeroing {
    private(set) var contents: [UInt8]
    let isReadOnly: Bool
    private(set) var flushCount = 0
    /// What every operation that touches one of these bytes fails with.
    var failing: (range: Range<UInt64>, error: BlockError)?

    init(_ contents: [UInt8], isReadOnly: Bool = false) {
        self.contents = contents
        self.isReadOnly = isReadOnly
    }

    /// The same of 5 MiB.
    static let largePattern = pattern(5 << 20)

    /// Bytes that are told apart by where they are.
    static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9 &+ 1) }
    }

    var byteCount: UInt64 { UInt64(contents.count) }

    private func check(_ range: Range<UInt64>) throws(BlockError) {
        try checkRange(range.lowerBound, range.upperBound - range.lowerBound)
        if let failing, failing.range.overlaps(range) { throw failing.error }
    }

    func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        try check(offset..<offset + UInt64(span.byteCount))
        let bytes = contents[Int(offset)..<Int(offset) + span.byteCount]
        unsafe span.withUnsafeMutableBytes { target in
            unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
        }
    }

    func write(_ span: RawSpan, at offset: UInt64) throws(BlockError) {
        try check(offset..<offset + UInt64(span.byteCount))
        let bytes = unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
        contents.replaceSubrange(Int(offset)..<Int(offset) + bytes.count, with: bytes)
    }

    func writeZeroes(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) {
        try check(range)
        for index in range { contents[Int(index)] = 0 }
    }

    func writeZeroesFast(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) -> Bool {
        guard range.lowerBound.isMultiple(of: 4096), range.upperBound.isMultiple(of: 4096) else { return false }
        try writeZeroes(range, mayUnmap: mayUnmap)
        return true
    }

    func discard(_ range: Range<UInt64>) throws(BlockError) { try writeZeroes(range, mayUnmap: true) }

    func flush() throws(BlockError) { flushCount += 1 }

    func resize(to byteCount: UInt64) throws(BlockError) { throw .invalid("it has the size that it has") }

    func extent(at offset: UInt64, limit: UInt64) throws(BlockError) -> BlockExtent {
        try check(offset..<offset + 1)
        func isHole(_ block: Int) -> Bool {
            contents[block * 4096..<min(contents.count, block * 4096 + 4096)].allSatisfy { $0 == 0 }
        }
        let hole = isHole(Int(offset) / 4096)
        var end = (Int(offset) / 4096 + 1) * 4096
        while end < contents.count, isHole(end / 4096) == hole { end += 4096 }
        return BlockExtent(
            range: offset..<min(UInt64(end), limit, byteCount), isPresent: true, isZero: hole, isData: !hole)
    }
}

/// Every second block of 4 KiB is dirty.
final class StripedMap: DirtyMap {
    func dirtyExtent(at offset: UInt64, limit: UInt64) throws(BlockError) -> (range: Range<UInt64>, isDirty: Bool) {
        let block = offset / 4096
        return (offset..<min(limit, (block + 1) * 4096), block.isMultiple(of: 2))
    }
}
