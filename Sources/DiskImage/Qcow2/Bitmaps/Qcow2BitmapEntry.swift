// SPDX-License-Identifier: Apache-2.0

/// An entry of the bitmap directory (qcow2 specification, "Bitmap directory").
struct Qcow2BitmapEntry: Equatable, Sendable {
    /// What a bitmap's entry says of its use.
    struct Flags: OptionSet, Sendable {
        let rawValue: UInt32

        /// It was not stored since it last changed.
        static let inUse = Flags(rawValue: 1 << 0)
        /// Every change of the disk is recorded in it.
        static let auto = Flags(rawValue: 1 << 1)
        /// Who does not know its extra data may use it all the same.
        static let extraDataCompatible = Flags(rawValue: 1 << 2)
        static let known: Flags = [.inUse, .auto, .extraDataCompatible]
    }

    /// Where the flags are in an entry.
    static let flagsPlace: UInt64 = 12
    private static let fixedByteCount = 24
    /// A dirty tracking bitmap, the one kind there is.
    private static let dirtyTracking: UInt8 = 1

    var tableOffset: UInt64
    var tableEntryCount: UInt32
    var flags: Flags
    /// A bit stands for 1 << this many bytes.
    var granularityBits: Int
    var nameBytes: [UInt8]
    /// What this engine does not know; kept.
    var extra: [UInt8]

    var encodedByteCount: Int { (Self.fixedByteCount + extra.count + nameBytes.count + 7) & ~7 }

    /// Reads the entry that begins at a position of the directory.
    ///
    /// - Parameter start: Where in the file the directory begins.
    init(readingFrom directory: [UInt8], at position: Int, of start: UInt64) throws(BlockError) {
        let place = start + UInt64(position)
        guard directory.count - position >= Self.fixedByteCount else {
            throw .corrupt("the bitmap directory ends within an entry", fileOffset: place)
        }
        tableOffset = directory.bigEndian(UInt64.self, at: position)
        tableEntryCount = directory.bigEndian(UInt32.self, at: position + 8)
        flags = Flags(rawValue: directory.bigEndian(UInt32.self, at: position + Int(Self.flagsPlace)))
        granularityBits = Int(directory[position + 17])
        let nameCount = Int(directory.bigEndian(UInt16.self, at: position + 18))
        let extraCount = Int(directory.bigEndian(UInt32.self, at: position + 20))
        let rest = directory.count - position - Self.fixedByteCount
        guard extraCount <= rest, nameCount <= rest - extraCount else {
            throw .corrupt(
                "a bitmap's entry of \(nameCount) and \(extraCount) bytes reaches over the directory's end",
                fileOffset: place + 18)
        }
        let name = position + Self.fixedByteCount + extraCount
        extra = Array(directory[position + Self.fixedByteCount..<name])
        nameBytes = Array(directory[name..<name + nameCount])
        guard (1...Qcow2Limits.bitmapNameByteCount).contains(nameCount) else {
            throw .corrupt("a bitmap's name has \(nameCount) bytes, not 1 to 1023", fileOffset: place + 18)
        }
        guard directory[position + 16] == Self.dirtyTracking else {
            throw .corrupt("a bitmap is of kind \(directory[position + 16]); there is only 1", fileOffset: place + 16)
        }
        guard flags.isSubset(of: .known) else {
            throw .corrupt("a bitmap has unknown flags: \(flags.rawValue)", fileOffset: place + Self.flagsPlace)
        }
        guard Qcow2Limits.bitmapGranularityBits.contains(granularityBits) else {
            throw .corrupt(
                "a bit stands for 1 << \(granularityBits) bytes, not 1 << 9 to 1 << 31", fileOffset: place + 17)
        }
    }

    /// The entry of a new bitmap, which has no table yet.
    init(name: String, granularity: UInt64, flags: Flags) {
        (tableOffset, tableEntryCount, self.flags) = (0, 0, flags)
        (granularityBits, nameBytes, extra) = (granularity.trailingZeroBitCount, Array(name.utf8), [])
    }

    /// Its bytes, padded to a multiple of 8.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(tableOffset)
        bytes.appendBigEndian(tableEntryCount)
        bytes.appendBigEndian(flags.rawValue)
        bytes += [Self.dirtyTracking, UInt8(granularityBits)]
        bytes.appendBigEndian(UInt16(nameBytes.count))
        bytes.appendBigEndian(UInt32(extra.count))
        bytes += extra + nameBytes
        return bytes + [UInt8](repeating: 0, count: encodedByteCount - bytes.count)
    }
}
