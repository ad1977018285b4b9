// SPDX-License-Identifier: Apache-2.0

/// An internal snapshot (qcow2 specification, "Snapshots").
package struct Qcow2Snapshot: Equatable, Sendable {
    package internal(set) var directoryOffset: UInt64
    package internal(set) var directoryEntryCount: UInt32
    var identifierBytes: [UInt8]
    var nameBytes: [UInt8]
    /// When it was taken, since 1970.
    package internal(set) var seconds: UInt32
    package internal(set) var nanoseconds: UInt32
    /// For how long the guest had run.
    package internal(set) var guestNanoseconds: UInt64
    package internal(set) var stateByteCount: UInt64
    /// The disk's size then; `nil` where an old image does not say.
    package internal(set) var diskByteCount: UInt64?
    /// What the extra data have beyond both sizes; kept.
    var laterExtra: [UInt8]

    package var identifier: String { String(decoding: identifierBytes, as: UTF8.self) }
    package var name: String { String(decoding: nameBytes, as: UTF8.self) }

    /// Its entry in the table, padded to 8 bytes.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(directoryOffset)
        bytes.appendBigEndian(directoryEntryCount)
        bytes.appendBigEndian(UInt16(truncatingIfNeeded: identifierBytes.count))
        bytes.appendBigEndian(UInt16(truncatingIfNeeded: nameBytes.count))
        bytes.appendBigEndian(seconds)
        bytes.appendBigEndian(nanoseconds)
        bytes.appendBigEndian(guestNanoseconds)
        bytes.appendBigEndian(UInt32(exactly: stateByteCount) ?? 0)
        bytes.appendBigEndian(UInt32(truncatingIfNeeded: 16 + laterExtra.count))
        bytes.appendBigEndian(stateByteCount)
        bytes.appendBigEndian(diskByteCount ?? 0)
        bytes += laterExtra + identifierBytes + nameBytes
        return bytes + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
    }
}
