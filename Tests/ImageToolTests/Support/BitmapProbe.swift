// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Glibc
import Host

/// Reads the bits of an image's bitmaps.
struct BitmapProbe {
    private let image: Qcow2Image

    init(_ path: String) throws {
        let node = try FileNode(owning: try Descriptor(path: path, flags: O_RDONLY), isReadOnly: true)
        image = try Qcow2Image(file: node, isReadOnly: true)
    }

    /// The runs of changed bytes; none where the image has no such bitmap.
    func ranges(of name: String) throws -> [Range<UInt64>] {
        guard image.bitmap(name) != nil else { return [] }
        let bits = try image.bitmapContents(name)
        var result: [Range<UInt64>] = []
        var offset: UInt64 = 0
        while let range = bits.nextDirtyRange(in: offset..<bits.byteCount) {
            result.append(range)
            offset = range.upperBound
        }
        return result
    }

    static func text(_ ranges: [Range<UInt64>]) -> String {
        ranges.map { "\($0.lowerBound)+\($0.upperBound - $0.lowerBound)" }.joined(separator: " ")
    }
}
