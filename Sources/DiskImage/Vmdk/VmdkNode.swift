// SPDX-License-Identifier: Apache-2.0

/// A vmdk image: its pieces one behind the other. Read only.
package final class VmdkNode: BlockNode {
    /// A piece of the disk.
    package struct Piece {
        enum Contents {
            case flat(any BlockNode, offset: UInt64)
            case sparse(VmdkSparseExtent)
            case zero
        }

        let contents: Contents
        package let byteCount: UInt64
        /// The unit by which a sparse piece has room.
        package var grainByteCount: UInt64? {
            if case .sparse(let extent) = contents { extent.header.grainByteCount } else { nil }
        }
        package var isCompressed: Bool {
            if case .sparse(let extent) = contents { extent.header.isCompressed } else { false }
        }
    }

    package let descriptor: VmdkDescriptor
    package let pieces: [Piece]
    package let byteCount: UInt64
    package var isReadOnly: Bool { true }
    /// Where each piece begins.
    private let starts: [UInt64]

    /// An image in one file, with its descriptor in it (monolithicSparse, streamOptimized).
    package convenience init(sparse file: any BlockNode) throws(BlockError) {
        let extent = try VmdkSparseExtent(file: file)
        guard let range = extent.header.descriptor else {
            throw .invalid("it is a piece of a vmdk image: open the file that has the descriptor")
        }
        let descriptor = try VmdkDescriptor(parsing: try file.checkedBytes(range))
        try self.init(descriptor, [Piece(contents: .sparse(extent), byteCount: extent.header.capacity)])
    }

    /// An image whose descriptor is a file of its own.
    ///
    /// - Parameter files: The open file of each piece that has one, by its name in the descriptor.
    package convenience init(
        _ descriptor: VmdkDescriptor, files: [String: any BlockNode]
    ) throws(BlockError) {
        var pieces: [Piece] = []
        for line in descriptor.extents { pieces.append(try Self.piece(line, files[line.fileName])) }
        try self.init(descriptor, pieces)
    }

    private init(_ descriptor: VmdkDescriptor, _ pieces: [Piece]) throws(BlockError) {
        guard descriptor.parentContentID == VmdkDescriptor.noParent else {
            throw .unsupported("a vmdk image that lies over a parent image is not read")
        }
        var (starts, sum): ([UInt64], UInt64) = ([], 0)
        for piece in pieces {
            starts.append(sum)
            let (next, overflow) = sum.addingReportingOverflow(piece.byteCount)
            guard !overflow, next <= UInt64(Int64.max) else {
                throw .corrupt("the pieces of the vmdk image have more than 8 EiB", fileOffset: 0)
            }
            sum = next
        }
        guard sum > 0 else { throw .corrupt("a vmdk image without pieces", fileOffset: 0) }
        self.descriptor = descriptor
        self.pieces = pieces
        self.starts = starts
        byteCount = sum
    }

    private static func piece(_ line: VmdkExtentLine, _ file: (any BlockNode)?) throws(BlockError) -> Piece {
        if line.kind == .zero { return Piece(contents: .zero, byteCount: line.byteCount) }
        guard let file else { throw .invalid("the vmdk image's piece \(line.fileName) is missing") }
        if line.kind == .sparse {
            let extent = try VmdkSparseExtent(file: file)
            guard extent.header.capacity >= line.byteCount else {
                throw .corrupt(
                    "the vmdk piece \(line.fileName) has \(extent.header.capacity) bytes instead of \(line.byteCount)",
                    fileOffset: 12)
            }
            return Piece(contents: .sparse(extent), byteCount: line.byteCount)
        }
        guard line.fileByteOffset <= file.byteCount, line.byteCount <= file.byteCount - line.fileByteOffset else {
            throw .corrupt(
                "the vmdk piece \(line.fileName) ends before \(line.byteCount) bytes from \(line.fileByteOffset) on",
                fileOffset: file.byteCount)
        }
        return Piece(contents: .flat(file, offset: line.fileByteOffset), byteCount: line.byteCount)
    }

    package func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        let count = span.byteCount
        guard offset <= byteCount, UInt64(count) <= byteCount - offset else {
            let (end, overflow) = offset.addingReportingOverflow(UInt64(count))
            throw .outOfRange(offset..<(overflow ? .max : end), byteCount: byteCount)
        }
        var done = 0
        while done < count {
            let index = piece(at: offset + UInt64(done))
            let inside = offset + UInt64(done) - starts[index]
            let step = min(count - done, reach(of: pieces[index], at: inside))
            var part = span._mutatingExtracting(done..<done + step)
            try read(pieces[index], into: &part, at: inside)
            done += step
        }
    }

    private func read(_ piece: Piece, into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        switch piece.contents {
        case .flat(let file, let start): try file.read(into: &span, at: start + offset)
        case .sparse(let extent): try extent.read(into: &span, at: offset)
        case .zero: span.clear()
        }
    }

    package func extent(at offset: UInt64, limit: UInt64) throws(BlockError) -> BlockExtent {
        guard offset < byteCount, limit > offset else {
            throw .outOfRange(offset..<max(offset, limit), byteCount: byteCount)
        }
        let index = piece(at: offset)
        let start = starts[index]
        let end = min(limit, start + pieces[index].byteCount)
        switch pieces[index].contents {
        case .zero: return BlockExtent(range: offset..<end, isPresent: true, isZero: true, isData: false)
        case .flat(let file, let fileStart):
            var extent = try file.extent(at: fileStart + offset - start, limit: fileStart + end - start)
            extent.range = offset..<offset + (extent.range.upperBound - extent.range.lowerBound)
            extent.isData = true
            return extent
        case .sparse(let sparse):
            var extent = try sparse.run(from: offset - start, to: end - start)
            extent.range = offset..<start + extent.range.upperBound
            return extent
        }
    }

    package func write(_ span: RawSpan, at offset: UInt64) throws(BlockError) { throw .readOnly }
    package func writeZeroes(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) { throw .readOnly }
    package func discard(_ range: Range<UInt64>) throws(BlockError) { throw .readOnly }
    package func flush() throws(BlockError) {}
    package func resize(to byteCount: UInt64) throws(BlockError) { throw .readOnly }

    /// The piece of an offset below the end.
    private func piece(at offset: UInt64) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    /// How many bytes from an offset of a piece on can be read at once.
    private func reach(of piece: Piece, at offset: UInt64) -> Int {
        let left = piece.byteCount - offset
        guard let grain = piece.grainByteCount else { return Int(min(left, UInt64(Int.max))) }
        return Int(min(left, grain - offset % grain))
    }
}
