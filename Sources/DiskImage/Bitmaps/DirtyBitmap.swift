// SPDX-License-Identifier: Apache-2.0

/// Which pieces of a disk were changed: one bit for every `granularity` bytes.
///
/// The bits lie in pages of 4,096; a page without a set bit takes 16 bytes, any other 528. A search skips pages that
/// have nothing to find. Offsets and counts are bytes of the disk. One thread at a time.
package struct DirtyBitmap: Sendable {
    static let pageBitCount: UInt64 = 4096
    static let pageByteCount = 512

    /// A power of two.
    package let granularity: UInt64
    /// Bytes of the disk.
    package private(set) var byteCount: UInt64
    /// How many bits are set.
    package private(set) var setBitCount: UInt64 = 0
    private(set) var pages: [DirtyBitmapPage]

    /// Makes one without a set bit.
    package init(byteCount: UInt64, granularity: UInt64) {
        precondition(granularity.nonzeroBitCount == 1, "a granularity is a power of two")
        self.granularity = granularity
        self.byteCount = byteCount
        pages = [DirtyBitmapPage](
            repeating: DirtyBitmapPage(), count: Self.pageCount(Self.bitCount(byteCount, granularity)))
    }

    package var bitCount: UInt64 { Self.bitCount(byteCount, granularity) }
    /// Bytes that the changed pieces have, the last one's beyond the disk's end included.
    package var dirtyByteCount: UInt64 { setBitCount * granularity }

    static func bitCount(_ byteCount: UInt64, _ granularity: UInt64) -> UInt64 {
        byteCount / granularity + (byteCount.isMultiple(of: granularity) ? 0 : 1)
    }

    private static func pageCount(_ bitCount: UInt64) -> Int {
        Int(clamping: (bitCount + pageBitCount - 1) / pageBitCount)
    }

    /// Sets every bit whose piece a range touches. What lies behind the disk's end does not count.
    package mutating func set(_ range: Range<UInt64>) {
        let end = min(range.upperBound, byteCount)
        guard range.lowerBound < end else { return }
        change(range.lowerBound / granularity..<(end - 1) / granularity + 1, to: true)
    }

    /// Clears every bit whose whole piece lies in a range. The disk's last piece may be shorter.
    package mutating func reset(_ range: Range<UInt64>) {
        let first = Self.bitCount(range.lowerBound, granularity)
        let end = range.upperBound >= byteCount ? bitCount : range.upperBound / granularity
        if first < end { change(first..<end, to: false) }
    }

    /// Clears every bit.
    package mutating func reset() { change(0..<bitCount, to: false) }

    /// Whether the piece that a byte of the disk belongs to was changed.
    package func contains(_ offset: UInt64) -> Bool {
        guard offset < byteCount else { return false }
        return nextBit(true, from: offset / granularity) == offset / granularity
    }

    /// Takes another size of the disk; what is new was not changed.
    package mutating func resize(to byteCount: UInt64) {
        let wanted = Self.bitCount(byteCount, granularity)
        if wanted < bitCount { change(wanted..<bitCount, to: false) }
        // What lies behind the old end in the image may be anything, and would be read.
        if wanted > bitCount, !pages.isEmpty { pages[pages.count - 1].isChanged = true }
        self.byteCount = byteCount
        let count = Self.pageCount(wanted)
        if count < pages.count { pages.removeLast(pages.count - count) }
        while pages.count < count { pages.append(DirtyBitmapPage()) }
    }

    /// Sets the bits that stand for what another one of the same disk has set, whatever the granularities.
    package mutating func merge(_ other: DirtyBitmap) {
        var offset: UInt64 = 0
        while let range = other.nextDirtyRange(in: offset..<other.byteCount) {
            set(range)
            offset = range.upperBound
        }
    }

    /// The first run of changed pieces within a range, cut to the range and to the disk; `nil` where there is none.
    package func nextDirtyRange(in range: Range<UInt64>) -> Range<UInt64>? {
        let limit = min(range.upperBound, byteCount)
        guard range.lowerBound < limit, let first = nextBit(true, from: range.lowerBound / granularity) else {
            return nil
        }
        let start = max(range.lowerBound, first * granularity)
        guard start < limit else { return nil }
        let end = nextBit(false, from: first + 1) ?? bitCount
        return start..<min(limit, end * granularity)
    }

    /// The first bit from `bit` on that has a value.
    private func nextBit(_ value: Bool, from bit: UInt64) -> UInt64? {
        var index = Int(bit / Self.pageBitCount), inside = Int(bit % Self.pageBitCount)
        while index < pages.count {
            if let found = pages[index].next(value, from: inside) {
                let result = UInt64(index) * Self.pageBitCount + UInt64(found)
                return result < bitCount ? result : nil
            }
            index += 1
            inside = 0
        }
        return nil
    }

    private mutating func change(_ bits: Range<UInt64>, to value: Bool) {
        var bit = bits.lowerBound
        while bit < bits.upperBound {
            let inside = Int(bit % Self.pageBitCount)
            let count = min(bits.upperBound - bit, Self.pageBitCount - UInt64(inside))
            let change = pages[Int(bit / Self.pageBitCount)].change(inside..<inside + Int(count), to: value)
            setBitCount = setBitCount &+ UInt64(bitPattern: Int64(change))
            bit += count
        }
    }
}

/// The bytes as images keep them: bit 0 of byte 0 stands for the disk's beginning.
extension DirtyBitmap {
    /// How many bytes all bits take.
    var storedByteCount: UInt64 { (bitCount + 7) / 8 }

    /// Pages that have to be stored since `markStored()`, of those that some bytes make up.
    func isChanged(_ bytes: Range<UInt64>) -> Bool { pages[pageRange(bytes)].contains { $0.isChanged } }

    /// Whether no bit is set among those that some bytes make up.
    func isClear(_ bytes: Range<UInt64>) -> Bool { pages[pageRange(bytes)].allSatisfy { $0.setBitCount == 0 } }

    /// Some of the bytes, from a multiple of 512 on; zeros after the last.
    func stored(_ bytes: Range<UInt64>) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: Int(bytes.length))
        for (number, page) in pages[pageRange(bytes)].enumerated() {
            for (index, word) in page.words.enumerated() where word != 0 {
                let place = number * Self.pageByteCount + index * 8
                for byte in 0..<8 where place + byte < result.count {
                    result[place + byte] = UInt8(truncatingIfNeeded: word >> UInt64(byte * 8))
                }
            }
        }
        return result
    }

    /// Sets the bits that some of the bytes have, from a multiple of 512 on. They count as stored.
    mutating func load(_ bytes: [UInt8], at offset: UInt64) {
        let first = Int(offset) / Self.pageByteCount
        for index in first..<min(pages.count, first + (bytes.count + Self.pageByteCount - 1) / Self.pageByteCount) {
            let start = (index - first) * Self.pageByteCount
            let end = min(bytes.count, start + Self.pageByteCount)
            let bits = min(Self.pageBitCount, bitCount - UInt64(index) * Self.pageBitCount)
            pages[index].load(bytes[start..<end], bitCount: Int(bits))
            setBitCount += UInt64(pages[index].setBitCount)
        }
    }

    /// Nothing has to be stored.
    mutating func markStored() {
        for index in pages.indices where pages[index].isChanged { pages[index].isChanged = false }
    }

    private func pageRange(_ bytes: Range<UInt64>) -> Range<Int> {
        let end = (bytes.upperBound + UInt64(Self.pageByteCount) - 1) / UInt64(Self.pageByteCount)
        return min(pages.count, Int(bytes.lowerBound) / Self.pageByteCount)..<min(pages.count, Int(clamping: end))
    }
}
