// SPDX-License-Identifier: Apache-2.0

/// The part of a bzImage's setup header that tells where the compressed kernel lies (Linux
/// Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header").
package struct SetupHeader: Equatable, Sendable {
    /// How a kernel's payload is packed.
    package enum Compression: String, Equatable, Sendable { case xz, lz4, zstd, gzip }

    /// Where the compressed bytes lie in the file, without the length that the build appends to them.
    package let payload: Range<Int>
    package let compression: Compression
    /// Bytes of the unpacked kernel.
    package let unpackedByteCount: Int

    /// Reads the header of the whole file `image`.
    package init(image: [UInt8]) throws(SetupHeaderError) {
        guard image.count >= 0x250 else { throw .truncated(byteCount: image.count) }
        guard Array(image[0x202..<0x206]) == Array("HdrS".utf8) else { throw .noMagic }
        let version = UInt16(image[0x206]) | UInt16(image[0x207]) << 8
        guard version >= 0x208 else { throw .oldProtocol(version) }
        let setupSectors = image[0x1f1] == 0 ? 4 : UInt64(image[0x1f1])
        let offset = (setupSectors + 1) * 512 + UInt64(Self.word(image, at: 0x248))
        let byteCount = UInt64(Self.word(image, at: 0x24c))
        guard byteCount >= 16, offset + byteCount <= UInt64(image.count) else {
            throw .payloadOutside(offset: offset, byteCount: byteCount, fileByteCount: image.count)
        }
        let start = Int(offset)
        let end = start + Int(byteCount)
        compression = try Self.compression(of: image[start..<start + 6])
        // gzip ends with the length itself; for the others the kernel's build appends it.
        payload = start..<(compression == .gzip ? end : end - 4)
        unpackedByteCount = Int(Self.word(image, at: end - 4))
    }

    private static func compression(of magic: ArraySlice<UInt8>) throws(SetupHeaderError) -> Compression {
        let bytes = Array(magic)
        if bytes == [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] { return .xz }
        if bytes.starts(with: [0x02, 0x21, 0x4c, 0x18]) { return .lz4 }
        if bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) { return .zstd }
        if bytes.starts(with: [0x1f, 0x8b]) { return .gzip }
        throw .unknownCompression(bytes)
    }

    /// The little-endian 32-bit word at `offset`, which lies within `image`.
    private static func word(_ image: [UInt8], at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(image[offset + $1]) << (8 * UInt32($1)) }
    }
}
