// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Gives parts of a raw image room in its file system.
struct RawRoom {
    private static let chunkByteCount = 1 << 20
    private let file: FileNode

    init(_ file: FileNode) { self.file = file }

    /// Gives room to a range that reads as zeros.
    func give(_ range: Range<UInt64>, _ preallocation: Preallocation) throws(BlockError) {
        switch preallocation {
        case .off, .metadata: break
        case .falloc:
            guard try file.reserve(range) else {
                throw .unsupported("the file system cannot set room aside: take preallocation=full")
            }
        case .full:
            var buffer = BlockBuffer(capacity: Self.chunkByteCount)
            buffer.fill(with: 0, count: Self.chunkByteCount)
            var offset = range.lowerBound
            while offset < range.upperBound {
                let count = Int(min(UInt64(Self.chunkByteCount), range.upperBound - offset))
                try buffer.write(0..<count, to: file, at: offset)
                offset += UInt64(count)
            }
            try file.flush()
        }
    }
}
