// SPDX-License-Identifier: Apache-2.0

/// What a new image is to be, as `qemu-img create -o` names it.
package struct Qcow2CreateOptions: Sendable {
    package enum Preallocation: String, Sendable, CaseIterable { case off, metadata, falloc, full }

    package var byteCount: UInt64
    /// 512 to 2 MiB, a power of two.
    package var clusterSize: UInt64 = 65536
    /// 1 to 64, a power of two.
    package var refcountBits = 16
    /// 2 for compat 0.10, 3 for compat 1.1.
    package var version: UInt32 = 3
    package var hasLazyRefcounts = false
    package var hasExtendedEntries = false
    package var compression = Qcow2Header.Compression.zlib
    package var preallocation = Preallocation.off
    package var backingFileName: String?
    package var backingFormat: String?
    package var dataFileName: String?
    package var isDataFileRaw = false

    package init(byteCount: UInt64) { self.byteCount = byteCount }

    /// The first of what cannot be had, or cannot be had together.
    func check() throws(BlockError) {
        let bits = clusterSize.trailingZeroBitCount
        guard clusterSize.nonzeroBitCount == 1, Qcow2Limits.clusterBits.contains(bits) else {
            throw .invalid("clusters have a power of two of bytes, 512 to 2097152, and not \(clusterSize)")
        }
        guard refcountBits.nonzeroBitCount == 1, (1...64).contains(refcountBits) else {
            throw .invalid("reference counts have a power of two of bits, 1 to 64, and not \(refcountBits)")
        }
        guard version == 2 || version == 3 else { throw .invalid("there is no version \(version) of qcow2 to create") }
        if version == 2 { try checkVersion2() }
        if hasExtendedEntries, clusterSize < 16384 {
            throw .invalid("extended L2 entries need clusters of at least 16384 bytes, and not \(clusterSize)")
        }
        try checkFiles()
    }

    private func checkVersion2() throws(BlockError) {
        guard refcountBits == 16 else { throw .invalid("compat=0.10 has reference counts of 16 bits, no others") }
        guard !hasLazyRefcounts, !hasExtendedEntries, compression == .zlib, dataFileName == nil else {
            throw .invalid("lazy refcounts, extended L2 entries, zstd and data files need compat=1.1")
        }
    }

    private func checkFiles() throws(BlockError) {
        guard (backingFileName?.utf8.count ?? 0) <= Int(Qcow2Limits.backingNameByteCount) else {
            throw .invalid("the backing file's name has more than 1023 bytes")
        }
        guard backingFormat == nil || backingFileName != nil else {
            throw .invalid("a backing format needs a backing file")
        }
        guard !isDataFileRaw || dataFileName != nil else { throw .invalid("data_file_raw needs data_file") }
        guard !isDataFileRaw || backingFileName == nil else {
            throw .invalid("a raw data file and a backing file cannot be had together")
        }
        guard preallocation == .off || backingFileName == nil || hasExtendedEntries else {
            throw .invalid("preallocation and a backing file can be had together with extended_l2=on alone")
        }
    }

    /// The header of the empty image: its tables are behind it, a cluster each.
    var header: Qcow2Header {
        var features = Qcow2Features()
        if dataFileName != nil { features.incompatible.insert(.externalDataFile) }
        if compression != .zlib { features.incompatible.insert(.compressionType) }
        if hasExtendedEntries { features.incompatible.insert(.extendedEntries) }
        if hasLazyRefcounts { features.compatible.insert(.lazyRefcounts) }
        if isDataFileRaw { features.autoclear.insert(.rawExternalData) }
        return Qcow2Header(
            version: version, clusterBits: clusterSize.trailingZeroBitCount, byteCount: 0, directoryEntryCount: 0,
            directoryOffset: 0, refcountTableOffset: clusterSize, refcountTableClusterCount: 1, snapshotCount: 0,
            snapshotsOffset: 0, features: features, refcountOrder: refcountBits.trailingZeroBitCount,
            compression: compression, backingName: backingFileName.map { Array($0.utf8) }, extensions: extensions,
            laterFields: [], length: version == 2 ? 72 : 112)
    }

    private var extensions: [Qcow2HeaderExtension] {
        var result: [Qcow2HeaderExtension] = []
        if let backingFormat {
            result.append(.init(kind: Qcow2HeaderExtension.Kind.backingFormat, bytes: Array(backingFormat.utf8)))
        }
        if let dataFileName {
            result.append(.init(kind: Qcow2HeaderExtension.Kind.dataFile, bytes: Array(dataFileName.utf8)))
        }
        if version >= 3 { result.append(.featureNames) }
        return result
    }
}
