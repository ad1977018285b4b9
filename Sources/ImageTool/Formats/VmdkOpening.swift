// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Host
internal import JSON

/// Opens vmdk images, with the files that lie beside their descriptor.
struct VmdkOpening {
    /// A descriptor does not name more files than this.
    private static let maximumFileCount = 512
    let reference: ImageReference

    func open(_ file: ImageFile) throws(ToolProblem) -> OpenImage {
        let isSparse = try file.beginning(count: 4) == Array("KDMV".utf8)
        do throws(BlockError) {
            if isSparse {
                let node = try VmdkNode(sparse: file.node)
                return image(file, node, [file.path], file.status.allocatedByteCount)
            }
        } catch {
            throw ToolProblem(file.path, error)
        }
        return try openPieces(file)
    }

    private func openPieces(_ file: ImageFile) throws(ToolProblem) -> OpenImage {
        let descriptor: VmdkDescriptor
        do throws(BlockError) {
            guard file.node.byteCount <= UInt64(VmdkDescriptor.maximumByteCount) else {
                throw .corrupt("a vmdk descriptor of \(file.node.byteCount) bytes", fileOffset: 0)
            }
            descriptor = try VmdkDescriptor(
                parsing: try file.node.bytes(at: 0, count: Int(file.node.byteCount)))
        } catch {
            throw ToolProblem(file.path, error)
        }
        var pieces: [String: ImageFile] = [:]
        for line in descriptor.extents where line.kind != .zero && pieces[line.fileName] == nil {
            guard pieces.count < Self.maximumFileCount else {
                throw ToolProblem(file.path, found: "it consists of more than \(Self.maximumFileCount) files")
            }
            let piece = ImageReference(
                BackingReference(path: line.fileName).resolved(from: file.path), format: .raw,
                sharesLocks: reference.sharesLocks, cache: reference.cache)
            pieces[line.fileName] = try ImageFile(opening: piece, isReadOnly: true)
        }
        let node: VmdkNode
        do {
            node = try VmdkNode(descriptor, files: pieces.mapValues(\.node))
        } catch {
            throw ToolProblem(file.path, error)
        }
        let allocated = pieces.values.reduce(file.status.allocatedByteCount) { $0 + $1.status.allocatedByteCount }
        return image(file, node, descriptor.extents.map { pieces[$0.fileName]?.path ?? "" }, allocated)
    }

    private func image(_ file: ImageFile, _ node: VmdkNode, _ paths: [String], _ allocated: UInt64) -> OpenImage {
        var details = FormatDetails()
        details.clusterByteCount = node.pieces.first?.grainByteCount
        details.specific = specific(node, paths)
        return OpenImage(
            path: file.path, format: .vmdk, node: node, file: file.node, allocatedByteCount: allocated,
            details: details, chain: [ChainFile(file, isWhole: false)])
    }

    /// QAPI's `ImageInfoSpecificVmdk`.
    private func specific(_ node: VmdkNode, _ paths: [String]) -> JSONObject {
        var object = JSONObject()
        object["cid"] = JSONValue(node.descriptor.contentID)
        object["parent-cid"] = JSONValue(node.descriptor.parentContentID)
        object["create-type"] = .string(node.descriptor.createType)
        object["extents"] = .array(
            zip(node.pieces.indices, paths).map { index, path in
                var extent = JSONObject()
                let piece = node.pieces[index]
                if piece.isCompressed { extent["compressed"] = true }
                extent["virtual-size"] = JSONValue(piece.byteCount)
                extent["filename"] = .string(path)
                if let size = piece.grainByteCount { extent["cluster-size"] = JSONValue(size) }
                let lines = node.descriptor.extents
                let isOneFile =
                    node.descriptor.createType == "monolithicSparse"
                    || node.descriptor.createType == "streamOptimized"
                extent["format"] = .string(isOneFile ? "" : lines[index].kind.rawValue)
                return .object(extent)
            })
        return object
    }
}
