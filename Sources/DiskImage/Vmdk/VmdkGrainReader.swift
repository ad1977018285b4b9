// SPDX-License-Identifier: Apache-2.0

/// Reads compressed grains: a marker where there are such, then a zlib stream (RFC 1950). The last grain is kept.
struct VmdkGrainReader {
    /// A marker's disk sector and size, before the bytes.
    private static let markerByteCount: UInt64 = 12
    private let file: any BlockNode
    private let header: VmdkSparseHeader
    private var kept: (fileOffset: UInt64, bytes: [UInt8])?

    init(file: any BlockNode, header: VmdkSparseHeader) {
        self.file = file
        self.header = header
    }

    /// Fills a span from the grain that lies at `fileOffset` and has `count` bytes when it is unpacked.
    mutating func read(
        into span: inout MutableRawSpan, from start: Int, grainAt fileOffset: UInt64, count: Int
    ) throws(BlockError) {
        let bytes: [UInt8]
        if let kept, kept.fileOffset == fileOffset {
            bytes = kept.bytes
        } else {
            bytes = try unpack(fileOffset, count)
            kept = (fileOffset, bytes)
        }
        guard start <= bytes.count, span.byteCount <= bytes.count - start else {
            throw .corrupt("a compressed grain has \(bytes.count) bytes instead of \(count)", fileOffset: fileOffset)
        }
        span.copy(bytes, from: start)
    }

    private func unpack(_ fileOffset: UInt64, _ count: Int) throws(BlockError) -> [UInt8] {
        let stream = try stream(at: fileOffset)
        guard stream.count > 6, stream[0] & 0x0F == 8, stream[1] & 0x20 == 0,
            (UInt32(stream[0]) << 8 | UInt32(stream[1])).isMultiple(of: 31)
        else { throw .corrupt("a compressed grain is no zlib stream", fileOffset: fileOffset) }
        let deflated = Array(stream[2...])
        // The last grain of the disk may be shorter than the others, or filled up.
        let whole = Int(header.grainByteCount)
        let compression = Qcow2Header.Compression.zlib
        guard
            let bytes = compression.decompress(deflated, byteCount: whole)
                ?? (count < whole ? compression.decompress(deflated, byteCount: count) : nil)
        else { throw .corrupt("a compressed grain cannot be unpacked", fileOffset: fileOffset) }
        if header.hasMarkers, Self.checksum(bytes) != Self.trailer(stream) {
            throw .corrupt("a compressed grain does not have its checksum", fileOffset: fileOffset)
        }
        return bytes
    }

    /// The compressed bytes; without markers, as many as a grain could have at the most.
    private func stream(at fileOffset: UInt64) throws(BlockError) -> [UInt8] {
        let most = 2 * header.grainByteCount
        guard fileOffset < file.byteCount else {
            throw .corrupt("a grain table leads to byte \(fileOffset)", fileOffset: file.byteCount)
        }
        guard header.hasMarkers else {
            return try file.checkedBytes(fileOffset..<fileOffset + min(most, file.byteCount - fileOffset))
        }
        let size = try file.littleNumbers(1, at: fileOffset + 8)[0]
        guard size > 0, UInt64(size) <= most else {
            throw .corrupt("a compressed grain of \(size) bytes", fileOffset: fileOffset + 8)
        }
        let start = fileOffset + Self.markerByteCount
        return try file.checkedBytes(start..<start + UInt64(size))
    }

    private static func trailer(_ stream: [UInt8]) -> UInt32 {
        stream.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Adler-32 (RFC 1950 §9).
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var (first, second): (UInt32, UInt32) = (1, 0)
        var rest = bytes[...]
        while !rest.isEmpty {
            // The sums of so many bytes fit into 32 bits.
            for byte in rest.prefix(5552) {
                first &+= UInt32(byte)
                second &+= first
            }
            first %= 65521
            second %= 65521
            rest = rest.dropFirst(5552)
        }
        return second << 16 | first
    }
}
