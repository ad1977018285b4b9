// SPDX-License-Identifier: Apache-2.0

/// The first sector of a sparse extent (VMware Virtual Disk Format 1.1, "Hosted Sparse Extent Header"), checked.
struct VmdkSparseHeader: Equatable {
    static let byteCount = 512
    static let magic: [UInt8] = Array("KDMV".utf8)
    /// The offset of the grain directory of a header whose footer has the right one.
    private static let directoryAtEnd = UInt64.max
    private static let maximumDirectoryEntries: UInt64 = 8 << 20

    /// Bytes of the piece.
    let capacity: UInt64
    /// Bytes by which room is given: a power of two.
    let grainByteCount: UInt64
    /// Where an embedded descriptor lies in the file; `nil` where there is none.
    let descriptor: Range<UInt64>?
    let entriesPerTable: UInt64
    /// Where the grain directory lies in the file; `nil` where the footer says so.
    let directoryOffset: UInt64?
    let isCompressed: Bool
    /// Compressed grains have their size before them.
    let hasMarkers: Bool
    /// Table entries of 1 stand for zeros.
    let hasZeroGrains: Bool

    /// Reads a header; `fileOffset` is where it lies.
    init(_ bytes: [UInt8], fileOffset: UInt64) throws(BlockError) {
        guard bytes.count >= Self.byteCount, bytes.starts(with: Self.magic) else {
            throw .corrupt("a vmdk extent without its signature", fileOffset: fileOffset)
        }
        let version = bytes.little32(at: 4)
        guard (1...3).contains(version) else { throw .unsupported("a vmdk extent of version \(version)") }
        let flags = bytes.little32(at: 8)
        isCompressed = flags & 1 << 16 != 0
        hasMarkers = flags & 1 << 17 != 0
        hasZeroGrains = flags & 1 << 2 != 0
        let compression = bytes.little16(at: 77)
        guard !isCompressed || compression == 1 else {
            throw .unsupported("a vmdk extent compressed by method \(compression); deflate (1) is read")
        }
        capacity = try Self.byteCount(bytes, at: 12, "a capacity", fileOffset)
        grainByteCount = try Self.byteCount(bytes, at: 20, "a grain size", fileOffset)
        let largest: UInt64 = isCompressed ? 2 << 20 : 1 << 30
        guard grainByteCount.nonzeroBitCount == 1, grainByteCount <= largest else {
            throw .corrupt("a vmdk extent with grains of \(grainByteCount) bytes", fileOffset: fileOffset + 20)
        }
        entriesPerTable = UInt64(bytes.little32(at: 44))
        guard (1...512).contains(entriesPerTable) else {
            throw .corrupt("a vmdk extent with \(entriesPerTable) entries a table", fileOffset: fileOffset + 44)
        }
        let directory = bytes.little64(at: 56)
        directoryOffset =
            try directory == Self.directoryAtEnd
            ? nil : Self.byteCount(bytes, at: 56, "a grain directory", fileOffset)
        descriptor = try Self.descriptor(bytes, fileOffset)
        guard directoryEntryCount <= Self.maximumDirectoryEntries else {
            throw .unsupported("a vmdk extent with \(directoryEntryCount) grain tables")
        }
    }

    /// Bytes that one grain table tells.
    var tableReach: UInt64 { grainByteCount * entriesPerTable }

    var directoryEntryCount: UInt64 { capacity / tableReach + (capacity % tableReach == 0 ? 0 : 1) }

    private static func descriptor(_ bytes: [UInt8], _ fileOffset: UInt64) throws(BlockError) -> Range<UInt64>? {
        guard bytes.little64(at: 28) != 0 else { return nil }
        let start = try byteCount(bytes, at: 28, "a descriptor's offset", fileOffset)
        let count = try byteCount(bytes, at: 36, "a descriptor's size", fileOffset)
        guard count <= UInt64(VmdkDescriptor.maximumByteCount) else {
            throw .corrupt("a vmdk descriptor of \(count) bytes", fileOffset: fileOffset + 36)
        }
        return start..<start + count
    }

    /// A number of sectors in bytes; one over 4 EiB is no such number.
    private static func byteCount(
        _ bytes: [UInt8], at offset: Int, _ name: String, _ fileOffset: UInt64
    ) throws(BlockError) -> UInt64 {
        let (product, overflow) = bytes.little64(at: offset).multipliedReportingOverflow(by: 512)
        guard !overflow, product <= 1 << 62 else {
            throw .corrupt("\(name) of a vmdk extent is too large", fileOffset: fileOffset + UInt64(offset))
        }
        return product
    }
}

extension [UInt8] {
    /// The little-endian numbers at an offset that the caller has checked.
    fileprivate func little16(at offset: Int) -> UInt16 { UInt16(self[offset]) | UInt16(self[offset + 1]) << 8 }

    fileprivate func little32(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[offset + $1]) << UInt32(8 * $1) }
    }

    fileprivate func little64(at offset: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
    }
}
