// SPDX-License-Identifier: Apache-2.0

/// A disk's image with all that lies below it, as one part of the block graph: who opens a chain says every layer of it,
/// with its format. No name that a header has is followed, and no format is guessed.
///
/// One thread owns the chain and calls it. What `mappings(from:count:)` returns may be used by another thread: the
/// files' contents may then be read, and what is writable written, without a call to the chain, until the chain is
/// called to change what a granule is (`write`, `writeZeroes`, `discard` of its range).
package final class ImageChain {
    package enum Format: String, Sendable, CaseIterable { case raw, qcow2 }

    /// An image of the chain, open.
    package struct Layer {
        package let format: Format
        package let file: FileNode
        /// Where the image keeps the guest's data, if not in its own file.
        package let dataFile: FileNode?

        package init(format: Format, file: FileNode, dataFile: FileNode? = nil) {
            self.format = format
            self.file = file
            self.dataFile = dataFile
        }
    }

    /// Every layer takes two descriptors at most.
    package static let maximumLayerCount = 128

    enum Node {
        case raw(RawNode)
        case qcow2(Qcow2Image)

        var block: any BlockNode {
            switch self {
            case .raw(let node): node
            case .qcow2(let image): image
            }
        }
    }

    /// The layers, the one that the guest writes first, and where its data are: an index of `files`.
    let nodes: [(node: Node, dataFile: Int)]
    /// The files that granules lie in.
    package let files: [FileNode]
    /// A granule has 1 << this many bytes: the smallest unit of allocation in the chain.
    package let granuleBits: Int
    package let isReadOnly: Bool

    /// Opens a chain.
    ///
    /// - Parameters:
    ///   - layers: The image first, then its backing image, and so on. All but the first are only read.
    ///   - caches: How much of each image's tables may be in memory.
    /// - Throws: What is wrong, with the number of the layer from 0 where it is not the first.
    package init(
        _ layers: [Layer], isReadOnly: Bool, caches: Qcow2Image.CacheSizes = ImageChain.usualCaches
    ) throws(BlockError) {
        guard !layers.isEmpty, layers.count <= Self.maximumLayerCount else {
            throw .invalid("a chain has 1 to \(Self.maximumLayerCount) images, and not \(layers.count)")
        }
        var nodes: [(node: Node, dataFile: Int)] = []
        var bits = 16
        for (index, layer) in layers.enumerated().reversed() {
            let node = try Self.open(
                layer, index: index, over: nodes.first?.node.block, isReadOnly: isReadOnly || index > 0, caches)
            if case .qcow2(let image) = node { bits = min(bits, image.geometry.subclusterBits) }
            nodes.insert((node, index), at: 0)
        }
        self.nodes = nodes
        files = layers.map { $0.dataFile ?? $0.file }
        granuleBits = bits
        self.isReadOnly = isReadOnly
    }

    /// Less than the image tool takes: a machine keeps what it needs of the tables as granules.
    package static var usualCaches: Qcow2Image.CacheSizes {
        var caches = Qcow2Image.CacheSizes()
        caches.tableByteCount = 4 << 20
        return caches
    }

    private static func open(
        _ layer: Layer, index: Int, over backing: (any BlockNode)?, isReadOnly: Bool, _ caches: Qcow2Image.CacheSizes
    ) throws(BlockError) -> Node {
        switch layer.format {
        case .raw:
            guard backing == nil, layer.dataFile == nil else {
                throw .invalid("image \(index) of the chain is raw, and has neither a backing image nor a data file")
            }
            return .raw(RawNode(file: layer.file))
        case .qcow2:
            do throws(BlockError) {
                let image = try Qcow2Image(
                    file: layer.file, backing: backing, dataFile: layer.dataFile, isReadOnly: isReadOnly,
                    caches: caches)
                if backing == nil, let name = image.header.backingFileName {
                    throw .invalid(
                        "its header names a backing image, \(ImageHeaderReport.printable(name)), which was not given")
                }
                return .qcow2(image)
            } catch {
                guard index > 0 else { throw error }
                throw .invalid("image \(index) of the chain: \(error)")
            }
        }
    }

    /// What the guest sees and writes.
    package var top: any BlockNode { nodes[0].node.block }

    /// Bytes of the guest's disk.
    package var byteCount: UInt64 { top.byteCount }

    /// The smallest range that can be given back, in bytes.
    package var discardByteCount: UInt64 {
        if case .qcow2(let image) = nodes[0].node { return image.geometry.clusterSize }
        return 512
    }

    /// Whether a flush has more to do than to sync the file that the guest's data are in.
    package var hasUnwrittenMetadata: Bool {
        if case .qcow2(let image) = nodes[0].node { return image.hasUnwrittenMetadata }
        return false
    }

    /// Whether what is mapped as writable may be written by others: not before the image has noted that it is changed.
    package var admitsDirectWrites: Bool {
        guard !isReadOnly else { return false }
        if case .qcow2(let image) = nodes[0].node { return image.admitsDirectWrites }
        return true
    }

    /// Flushes, and leaves the image as one that was closed.
    package func close() throws(BlockError) {
        if case .qcow2(let image) = nodes[0].node { return try image.close() }
        try top.flush()
    }
}
