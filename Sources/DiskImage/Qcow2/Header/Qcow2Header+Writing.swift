// SPDX-License-Identifier: Apache-2.0

extension Qcow2Header {
    /// The header, its extensions byte for byte, and the backing file's name.
    func encoded() throws(BlockError) -> [UInt8] {
        var bytes = fields()
        for item in extensions {
            bytes.appendBigEndian(item.kind)
            bytes.appendBigEndian(UInt32(truncatingIfNeeded: item.bytes.count))
            bytes += item.bytes + [UInt8](repeating: 0, count: (8 - item.bytes.count % 8) % 8)
        }
        bytes += [UInt8](repeating: 0, count: 8)
        if let backingName {
            bytes.putBigEndian(UInt64(bytes.count), at: 8)
            bytes.putBigEndian(UInt32(truncatingIfNeeded: backingName.count), at: 16)
            bytes += backingName
        }
        guard bytes.count <= 1 << clusterBits else {
            throw .invalid("the header would have \(bytes.count) bytes, and a cluster has \(1 << clusterBits)")
        }
        return bytes
    }

    /// Where the first extension of a kind begins in the file.
    func position(of kind: UInt32) -> Int? {
        var position = max(length, 72)
        for item in extensions {
            if item.kind == kind { return position }
            position += item.encodedByteCount
        }
        return nil
    }

    /// Where the extensions end.
    var extensionsEnd: Int { extensions.reduce(max(length, 72)) { $0 + $1.encodedByteCount } }

    private func fields() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(length, 72))
        bytes.putBigEndian(Self.magic, at: 0)
        bytes.putBigEndian(version, at: 4)
        bytes.putBigEndian(UInt32(clusterBits), at: 20)
        bytes.putBigEndian(byteCount, at: 24)
        bytes.putBigEndian(directoryEntryCount, at: 36)
        bytes.putBigEndian(directoryOffset, at: 40)
        bytes.putBigEndian(refcountTableOffset, at: 48)
        bytes.putBigEndian(refcountTableClusterCount, at: 56)
        bytes.putBigEndian(snapshotCount, at: 60)
        bytes.putBigEndian(snapshotsOffset, at: 64)
        guard version >= 3, bytes.count >= 104 else { return bytes }
        bytes.putBigEndian(features.incompatible.rawValue, at: 72)
        bytes.putBigEndian(features.compatible.rawValue, at: 80)
        bytes.putBigEndian(features.autoclear.rawValue, at: 88)
        bytes.putBigEndian(UInt32(refcountOrder), at: 96)
        bytes.putBigEndian(UInt32(bytes.count), at: 100)
        if bytes.count > 104 { bytes[104] = compression.rawValue }
        if bytes.count == 112 + laterFields.count {
            bytes.replaceSubrange(112..., with: laterFields)
        }
        return bytes
    }
}
