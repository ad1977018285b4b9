// SPDX-License-Identifier: Apache-2.0

/// A table of 64-bit entries that is held whole: an L1 table, or the refcount table. Bounded by `Qcow2Limits`.
struct PointerTable {
    private(set) var entries: [UInt64]
    /// Where it lies in the file.
    var offset: UInt64
    /// How many entries it has room for in the file; what was extended beyond is written when it has moved.
    private var fileEntryCount: Int
    /// Which sectors of 512 bytes are not in the file yet.
    private var dirtySectors: Set<Int> = []

    init(entries: [UInt64], offset: UInt64) {
        self.entries = entries
        self.offset = offset
        fileEntryCount = entries.count
    }

    /// Reads a table whose bounds were checked; what the file's end cuts off is zeros.
    init(readingFrom file: any BlockNode, at offset: UInt64, count: Int) throws(BlockError) {
        self.offset = offset
        fileEntryCount = count
        var bytes = [UInt8](repeating: 0, count: count * 8)
        let present = Int(min(UInt64(bytes.count), file.byteCount - min(offset, file.byteCount)))
        if present > 0 {
            var elements = bytes.mutableSpan
            var all = unsafe elements.mutableBytes
            var part = all._mutatingExtracting(0..<present)
            try file.read(into: &part, at: offset)
        }
        entries = []
        entries.reserveCapacity(count)
        for index in 0..<count { entries.append(bytes.bigEndian(UInt64.self, at: index * 8)) }
    }

    /// The bytes of the file that it takes.
    var range: Range<UInt64> { offset..<offset + UInt64(fileEntryCount * 8) }

    var isDirty: Bool { !dirtySectors.isEmpty }

    subscript(index: Int) -> UInt64 {
        get { entries[index] }
        set {
            entries[index] = newValue
            dirtySectors.insert(index / 64)
        }
    }

    /// Makes room for more entries in memory, all zero.
    mutating func extend(to count: Int) {
        entries += [UInt64](repeating: 0, count: max(0, count - entries.count))
    }

    /// The bytes of some entries, as the file has them; zeros after the last.
    func encoded(_ range: Range<Int>) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count * 8)
        for index in range where index < entries.count {
            bytes.putBigEndian(entries[index], at: (index - range.lowerBound) * 8)
        }
        return bytes
    }

    /// Writes what changed, a sector at a time.
    mutating func write(to file: any BlockNode) throws(BlockError) {
        for sector in dirtySectors.sorted() where sector * 64 < fileEntryCount {
            let start = sector * 64
            let bytes = encoded(start..<min(start + 64, fileEntryCount))
            try file.write(bytes, at: offset + UInt64(start * 8))
            dirtySectors.remove(sector)
        }
    }

    /// The whole table has been written elsewhere, and is there from now on.
    mutating func move(to offset: UInt64) {
        self.offset = offset
        fileEntryCount = entries.count
        dirtySectors = []
    }
}
