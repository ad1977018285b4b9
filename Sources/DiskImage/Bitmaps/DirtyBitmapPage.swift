// SPDX-License-Identifier: Apache-2.0

/// 4,096 bits of a dirty bitmap. The words are there only where one of them is set.
struct DirtyBitmapPage: Sendable {
    private static let wordCount = 64

    private(set) var words: [UInt64] = []
    private(set) var setBitCount: UInt16 = 0
    /// A bit changed since the page was stored.
    var isChanged = false

    /// Gives bits a value; returns by how many more are set then.
    mutating func change(_ bits: Range<Int>, to value: Bool) -> Int {
        if words.isEmpty {
            guard value else { return 0 }
            words = [UInt64](repeating: 0, count: Self.wordCount)
        }
        var difference = 0
        for index in bits.lowerBound / 64...(bits.upperBound - 1) / 64 {
            let low = max(0, bits.lowerBound - index * 64), high = min(64, bits.upperBound - index * 64)
            let mask = (UInt64.max >> UInt64(64 - (high - low))) << UInt64(low)
            let old = words[index]
            let new = value ? old | mask : old & ~mask
            guard new != old else { continue }
            words[index] = new
            difference += new.nonzeroBitCount - old.nonzeroBitCount
        }
        guard difference != 0 else { return 0 }
        isChanged = true
        setBitCount = UInt16(Int(setBitCount) + difference)
        if setBitCount == 0 { words = [] }
        return difference
    }

    /// The first bit from `bit` on that has a value.
    func next(_ value: Bool, from bit: Int) -> Int? {
        if words.isEmpty { return value ? nil : bit }
        if !value, Int(setBitCount) == Self.wordCount * 64 { return nil }
        var index = bit / 64
        var rest = (value ? words[index] : ~words[index]) & (UInt64.max << UInt64(bit % 64))
        while rest == 0 {
            index += 1
            guard index < Self.wordCount else { return nil }
            rest = value ? words[index] : ~words[index]
        }
        return index * 64 + rest.trailingZeroBitCount
    }

    /// Takes up to 512 bytes, of which only the first bits count, for an empty page.
    mutating func load(_ bytes: ArraySlice<UInt8>, bitCount: Int) {
        precondition(words.isEmpty, "a page is loaded once")
        var loaded = [UInt64](repeating: 0, count: Self.wordCount)
        for (index, byte) in bytes.enumerated() { loaded[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8) }
        if bitCount < Self.wordCount * 64 {
            loaded[bitCount / 64] &= (1 << UInt64(bitCount % 64)) - 1
            for index in bitCount / 64 + 1..<Self.wordCount { loaded[index] = 0 }
        }
        let count = loaded.reduce(0) { $0 + $1.nonzeroBitCount }
        guard count > 0 else { return }
        words = loaded
        setBitCount = UInt16(count)
    }
}
