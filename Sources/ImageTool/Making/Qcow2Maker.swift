// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Makes qcow2 images.
struct Qcow2Maker {
    private static let names = [
        "size", "compat", "backing_file", "backing_fmt", "cluster_size", "preallocation", "lazy_refcounts",
        "refcount_bits", "extended_l2", "compression_type", "data_file", "data_file_raw",
    ]
    private let options: Qcow2CreateOptions
    /// What the command line says besides defaults.
    private let saysCompat: String?
    private let saysPreallocation: Bool
    private let preallocation: Preallocation

    /// Reads the options; the size is told when the image is made.
    init(_ recipe: ImageRecipe) throws(ToolProblem) {
        var list = recipe.options
        var options = Qcow2CreateOptions(byteCount: 0)
        _ = list.take("size")
        saysCompat = list.take("compat")
        options.version = try Self.version(saysCompat)
        let layout = try Qcow2Layout(&list)
        options.clusterSize = layout.clusterByteCount
        options.refcountBits = Int(layout.refcountBits)
        options.hasExtendedEntries = layout.hasExtendedL2
        options.hasLazyRefcounts = try list.takeSwitch("lazy_refcounts") ?? false
        options.compression = try Self.compression(list.take("compression_type"))
        let room = list.take("preallocation")
        saysPreallocation = room != nil
        preallocation = try Preallocation(room ?? "off", option: "-o preallocation", of: .qcow2)
        options.backingFileName = list.take("backing_file")
        options.backingFormat = list.take("backing_fmt")
        options.dataFileName = list.take("data_file")
        options.isDataFileRaw = try list.takeSwitch("data_file_raw") ?? false
        try list.checkEmpty(.qcow2, known: Self.names)
        self.options = options
        try checkBacking()
    }

    /// What the new image says of the image below it.
    var backing: BackingReference? {
        options.backingFileName.map { BackingReference(path: $0, format: options.backingFormat) }
    }

    /// Whether the image could keep bitmaps.
    var keepsBitmaps: Bool { options.version >= 3 }

    /// Makes the image.
    func make(
        byteCount: UInt64, in target: TargetFile, _ session: ToolSession, _ circumstances: ImageMaker.Circumstances
    ) throws(ToolProblem) -> MadeImage {
        var options = options
        options.byteCount = byteCount
        // Room is given afterwards, in pieces.
        options.preallocation = .off
        let usesFile = circumstances.isDurable || preallocation == .falloc
        let file: any BlockNode = usesFile ? target.file.node : UnflushedNode(target.file.node)
        let data = try dataFile(beside: target)
        let node: Qcow2Image
        do {
            node = try Qcow2Image.create(on: file, dataFile: data, backing: circumstances.backing, options)
        } catch {
            throw ToolProblem(target.path, error)
        }
        try Qcow2Room(node, target.path).give(0..<node.byteCount, preallocation, isNew: true, session)
        return MadeImage(node: node, parameters: parameters(byteCount), readsZeros: true)
    }

    /// Makes an overlay in an empty file that nobody knows yet, without a flush.
    func make(byteCount: UInt64, over backing: BackingReference, in file: any BlockNode) throws(BlockError) {
        var options = options
        options.byteCount = byteCount
        options.backingFileName = backing.path
        options.backingFormat = backing.format
        _ = try Qcow2Image.create(on: UnflushedNode(file), options)
    }

    private func dataFile(beside target: TargetFile) throws(ToolProblem) -> (any BlockNode)? {
        guard let name = options.dataFileName else { return nil }
        let path = BackingReference(path: name).resolved(from: target.path)
        return RawNode(file: try target.companion(path).file.node)
    }

    private func checkBacking() throws(ToolProblem) {
        guard let path = options.backingFileName else { return }
        guard preallocation == .off || options.hasExtendedEntries else {
            throw ToolProblem(
                "-o preallocation=\(preallocation.rawValue)",
                found: "room over a backing image needs subclusters, which tell that they are not written",
                remedy: "add extended_l2=on, or leave it out")
        }
        guard let format = options.backingFormat else {
            throw ToolProblem(
                "-b \(path)", found: "the backing image's format is missing", remedy: "name it with -F")
        }
        _ = try ImageFormat(named: format, option: "-F")
    }

    /// As qemu-img tells them.
    private func parameters(_ byteCount: UInt64) -> String {
        var parts = ["cluster_size=\(options.clusterSize)"]
        parts.append("extended_l2=\(options.hasExtendedEntries ? "on" : "off")")
        if saysPreallocation { parts.append("preallocation=\(preallocation.rawValue)") }
        parts.append("compression_type=\(options.compression == .zlib ? "zlib" : "zstd")")
        parts.append("size=\(byteCount)")
        if let saysCompat { parts.append("compat=\(saysCompat)") }
        if let path = options.backingFileName { parts.append("backing_file=\(path)") }
        if let format = options.backingFormat { parts.append("backing_fmt=\(format)") }
        if let path = options.dataFileName { parts.append("data_file=\(path)") }
        if options.isDataFileRaw { parts.append("data_file_raw=on") }
        parts.append("lazy_refcounts=\(options.hasLazyRefcounts ? "on" : "off")")
        parts.append("refcount_bits=\(options.refcountBits)")
        return parts.joined(separator: " ")
    }

    private static func version(_ text: String?) throws(ToolProblem) -> UInt32 {
        switch text {
        case nil, "1.1", "v3": return 3
        case "0.10", "v2": return 2
        default:
            throw ToolProblem("-o compat=\(text ?? "")", found: "there is no such version", remedy: "write 0.10 or 1.1")
        }
    }

    private static func compression(_ text: String?) throws(ToolProblem) -> Qcow2Header.Compression {
        switch text {
        case nil, "zlib": return .zlib
        case "zstd": return .zstd
        default:
            throw ToolProblem(
                "-o compression_type=\(text ?? "")", found: "there is no such compression",
                remedy: "write zlib or zstd")
        }
    }
}
