// SPDX-License-Identifier: Apache-2.0

/// What the first cluster of an image says (qcow2 specification, "Header").
package struct Qcow2Header: Equatable, Sendable {
    package enum Compression: UInt8, Sendable { case zlib = 0, zstd = 1 }

    /// 2 or 3.
    package var version: UInt32
    package var clusterBits: Int
    /// Bytes of the guest's disk.
    package var byteCount: UInt64
    package var directoryEntryCount: UInt32
    package var directoryOffset: UInt64
    package var refcountTableOffset: UInt64
    package var refcountTableClusterCount: UInt32
    package var snapshotCount: UInt32
    package var snapshotsOffset: UInt64
    package var features: Qcow2Features
    package var refcountOrder: Int
    package var compression: Compression
    /// The backing image's name as it stands there.
    package var backingName: [UInt8]?
    /// In the order in which they stand there, without the end.
    package var extensions: [Qcow2HeaderExtension]
    /// What a later version's header has after byte 112; kept.
    package var laterFields: [UInt8]
    /// The header's own length in bytes: 72, or at least 104.
    package var length: Int

    package var geometry: Qcow2Geometry {
        Qcow2Geometry(
            clusterBits: clusterBits, refcountOrder: refcountOrder,
            hasExtendedEntries: features.incompatible.contains(.extendedEntries))
    }

    /// The name of the backing image's format, where the image says it.
    package var backingFormat: String? { text(Qcow2HeaderExtension.Kind.backingFormat) }
    /// The name of the file with the guest's data, where the image says it.
    package var dataFileName: String? { text(Qcow2HeaderExtension.Kind.dataFile) }
    package var backingFileName: String? { backingName.map { String(decoding: $0, as: UTF8.self) } }
    package var hasDataFile: Bool { features.incompatible.contains(.externalDataFile) }
    package var isDataFileRaw: Bool { features.autoclear.contains(.rawExternalData) }
    package var hasLazyRefcounts: Bool { features.compatible.contains(.lazyRefcounts) }

    package func section(_ kind: UInt32) -> Qcow2HeaderExtension? { extensions.first { $0.kind == kind } }

    private func text(_ kind: UInt32) -> String? { section(kind).map { String(decoding: $0.bytes, as: UTF8.self) } }

    static let magic: UInt32 = 0x5146_49FB

    /// Where single fields lie, for changes of a few bytes.
    enum Field {
        static let byteCount = 24
        static let directoryEntryCount = 36
        static let refcountTableOffset = 48
        static let snapshotCount = 60
        static let incompatible = 72
    }
}
