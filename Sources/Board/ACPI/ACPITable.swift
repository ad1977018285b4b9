// SPDX-License-Identifier: Apache-2.0

/// A table with the common header (ACPI 6.4 §5.2.6).
enum ACPITable {
    private static let headerByteCount = 36
    private static let checksumOffset = 9

    /// A whole table: the header with its checksum, and `body`.
    static func bytes(signature: String, revision: UInt8, body: [UInt8]) -> [UInt8] {
        var bytes = Array(signature.utf8)
        bytes.append(littleEndian: UInt32(headerByteCount + body.count))
        bytes += [revision, 0]
        bytes += Array("APUS  APUSQ35 ".utf8)  // OEM and OEM's table
        bytes.append(littleEndian: UInt32(BoardConfiguration.version))
        bytes += Array("APUS".utf8)
        bytes.append(littleEndian: UInt32(1))
        bytes += body
        bytes[checksumOffset] = checksum(of: bytes)
        return bytes
    }

    /// The byte that makes the sum of `bytes` and itself zero.
    static func checksum(of bytes: some Sequence<UInt8>) -> UInt8 {
        0 &- bytes.reduce(0, &+)
    }
}
