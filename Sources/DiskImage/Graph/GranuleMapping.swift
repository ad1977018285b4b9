// SPDX-License-Identifier: Apache-2.0

/// Where a granule of a disk is kept: the unit in which every image of its chain allocates. One word.
package struct GranuleMapping: Equatable, Sendable {
    package enum Kind: UInt64, Sendable {
        /// It has not been looked at.
        case unknown = 0
        /// It reads as zeros.
        case zero = 1
        /// It lies in one of the chain's files as it is, all of it.
        case data = 2
        /// Only the chain itself can read it: it is compressed, in pieces, or reaches over the end of a file.
        case indirect = 3
    }

    /// The kind in bits 0 and 1, `isWritable` in bit 2, the file in bits 8 to 15, sectors of the file from bit 16 on.
    let word: UInt64

    package static let unknown = GranuleMapping(word: 0)
    package static let zero = GranuleMapping(word: Kind.zero.rawValue)
    package static let indirect = GranuleMapping(word: Kind.indirect.rawValue)

    init(word: UInt64) { self.word = word }

    /// Data at an offset that is a multiple of 512 and has at most 56 bits.
    ///
    /// - Parameters:
    ///   - file: Its place in the chain's list of files, below 256.
    ///   - isWritable: Whether it may be overwritten there.
    init(file: Int, offset: UInt64, isWritable: Bool) {
        word = Kind.data.rawValue | (isWritable ? 4 : 0) | UInt64(file & 0xFF) << 8 | (offset >> 9) << 16
    }

    package var kind: Kind { Kind(rawValue: word & 3) ?? .unknown }
    package var isWritable: Bool { word & 4 != 0 }
    package var file: Int { Int(word >> 8 & 0xFF) }
    /// Where it begins in its file.
    package var offset: UInt64 { (word >> 16) << 9 }

    /// Whether a granule goes on so many bytes behind this one's beginning in the same way.
    func isFollowed(by next: GranuleMapping, after byteCount: UInt64) -> Bool {
        guard word & 0xFFFF == next.word & 0xFFFF else { return false }
        return kind != .data || next.word == word &+ (byteCount >> 9) << 16
    }
}
