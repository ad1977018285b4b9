// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// The images that `convert` copies, one behind the other.
struct ConvertSource {
    let node: SequenceNode
    let path: String
    /// What is copied of its dirty bitmaps, if anything.
    var bitmaps: BitmapCopy?
    private let images: [OpenImage]
    private let salvages: ((String) -> Void)?

    init(_ images: [OpenImage], salvages: Bool, _ console: Console) throws(BlockError) {
        node = try SequenceNode(images.map(\.node))
        path = images.map(\.path).joined(separator: ", ")
        self.images = images
        self.salvages = salvages ? { console.remark($0) } : nil
    }

    /// What a copy reads from.
    var side: ContentCopy.Source {
        ContentCopy.Source(
            node: node, path: path, salvages: salvages,
            place: { extent in
                guard !extent.isCompressed, let offset = extent.fileOffset else { return nil }
                let chain = images[node.index(at: extent.range.lowerBound)].chain
                guard extent.depth < chain.count, let file = chain[extent.depth].node,
                    offset <= file.byteCount, extent.range.length <= file.byteCount - offset
                else { return nil }
                return (file, offset)
            })
    }

    /// Whether an extent is what another image has at the same place, because it is that image.
    func isShared(_ extent: BlockExtent, with image: OpenImage) -> Bool {
        guard images.count == 1, let file = image.chain.first else { return false }
        // The front of the chain is what was asked to be copied, even where its file is the other's.
        let depth = images[0].chain.indices.dropFirst().first { images[0].chain[$0].isSame(as: file) }
        guard let depth, extent.range.upperBound <= image.node.byteCount else { return false }
        return extent.depth >= depth
    }
}
