// SPDX-License-Identifier: Apache-2.0

/// A line of a vmdk descriptor that tells a piece of the disk, such as `RW 4192256 SPARSE "disk-s001.vmdk"`.
package struct VmdkExtentLine: Equatable, Sendable {
    package enum Kind: String, Sendable {
        /// The file has the piece's bytes as they are.
        case flat = "FLAT"
        /// The file has tables that tell where grains lie.
        case sparse = "SPARSE"
        /// No file: it reads as zeros.
        case zero = "ZERO"
        /// As `flat`, on VMware's file system.
        case vmfs = "VMFS"
    }

    package let kind: Kind
    /// Bytes of the disk that it tells.
    package let byteCount: UInt64
    /// A file beside the descriptor; empty for `zero`.
    package let fileName: String
    /// Where a flat piece begins in its file, in bytes.
    package let fileByteOffset: UInt64

    /// Reads a line; `nil` where it tells no piece.
    ///
    /// - Parameter fileOffset: Where in the descriptor it stands.
    init?(_ line: String, fileOffset: Int) throws(BlockError) {
        let place = UInt64(fileOffset)
        let quoted = line.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        let words = quoted[0].split { $0 == " " || $0 == "\t" }
        guard let access = words.first, ["RW", "RDONLY", "NOACCESS"].contains(access) else { return nil }
        guard access != "NOACCESS" else { throw .unsupported("a vmdk image with a piece that nobody may read") }
        guard words.count >= 3, let sectors = UInt64(words[1]), sectors > 0, sectors <= Self.maximumSectorCount else {
            throw .corrupt("a line of the vmdk descriptor tells no size", fileOffset: place)
        }
        guard let kind = Kind(rawValue: String(words[2])) else {
            throw .unsupported("a vmdk image with a piece of the kind \(words[2].prefix(16))")
        }
        let name = quoted.count == 3 ? String(quoted[1]) : ""
        let offset = quoted.count == 3 ? UInt64(quoted[2].trimmingBlanks) ?? 0 : 0
        guard offset <= Self.maximumSectorCount else {
            throw .corrupt("a line of the vmdk descriptor has an offset of \(offset) sectors", fileOffset: place)
        }
        guard kind == .zero || Self.isPlainName(name) else {
            throw .unsupported("a vmdk image whose piece '\(name.prefix(64))' does not lie in its own folder")
        }
        self.kind = kind
        self.fileName = name
        byteCount = sectors * 512
        fileByteOffset = offset * 512
    }

    /// 8 EiB in sectors, less one.
    private static let maximumSectorCount = UInt64(Int64.max) / 512

    /// A descriptor is not to be believed: it must not name what lies elsewhere.
    private static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String { String(split { $0 == " " || $0 == "\t" }.first ?? "") }
}
