// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// `apus image convert`: copies images' contents into an image of another format.
package struct ConvertCommand {
    package struct Settings {
        /// Zeros in a row that are worth a hole (`-S`), in bytes; `nil` where it is not said.
        package var sparseByteCount: UInt64?
        /// The target is there already (`-n`); its format, `nil` where it is not said.
        package var keepsTarget = false
        package var targetFormat: ImageFormat?
        /// The target that is there reads as zeros (`--target-is-zero`).
        package var targetReadsZeros = false
        /// What is written is compressed (`-c`).
        package var compresses = false
        /// The kernel copies from file to file where it can (`-C`).
        package var offloads = false
        /// Parts that cannot be read become zeros (`--salvage`).
        package var salvages = false
        package var showsProgress = false
        /// How the target is written (`-t`).
        package var cache = CacheMode.unsafe
        /// At most so many bytes in a second (`-r`).
        package var bytesPerSecond: UInt64?
        /// The snapshot that is copied (`-l`).
        package var snapshot: SnapshotChoice?
        /// The source's dirty bitmaps are copied too (`--bitmaps`).
        package var copiesBitmaps = false
        /// Bitmaps that cannot be copied are left out (`--skip-broken-bitmaps`).
        package var skipsBrokenBitmaps = false

        package init() {}
    }

    private static let defaultSparseByteCount: UInt64 = 4096
    private let sources: [ImageReference]
    private let target: String
    private let recipe: ImageRecipe
    private let settings: Settings

    /// - Parameter sources: What is copied, one behind the other.
    package init(
        _ sources: [ImageReference], to target: String, recipe: ImageRecipe, settings: Settings
    ) throws(ToolProblem) {
        self.sources = sources
        self.target = target
        self.recipe = recipe
        self.settings = settings
        if let size = settings.sparseByteCount {
            guard size.isMultiple(of: 512), size <= UInt64(ContentCopy.chunkByteCount) else {
                throw ToolProblem(
                    "-S \(size)", found: "it is not a multiple of 512 up to 2M",
                    remedy: "write such a size, or 0 for no holes")
            }
        }
        try checkTogether()
    }

    /// Refuses options that do not go together.
    private func checkTogether() throws(ToolProblem) {
        guard !settings.compresses || recipe.format == .qcow2 else {
            throw ToolProblem(
                "-c", found: "\(recipe.format.rawValue) cannot be compressed", remedy: "leave it out, or take -O qcow2")
        }
        guard !settings.targetReadsZeros || settings.keepsTarget else {
            throw ToolProblem(
                "--target-is-zero", found: "it says something of a target that is there",
                remedy: "add -n, or leave it out")
        }
        guard !settings.offloads || (!settings.compresses && settings.sparseByteCount == nil) else {
            throw ToolProblem(
                "-C", found: "what the kernel copies is neither compressed nor looked through for zeros",
                remedy: "leave out -c and -S")
        }
        guard !settings.keepsTarget || !recipe.options.has("backing_file") else {
            throw ToolProblem(
                "-B", found: "an image that is there keeps the backing image that it has",
                remedy: "leave out -n, or -B")
        }
        guard sources.count == 1 || settings.snapshot == nil else {
            throw ToolProblem("-l", found: "it says something of one image", remedy: "name one image to copy")
        }
        guard settings.copiesBitmaps || !settings.skipsBrokenBitmaps else {
            throw ToolProblem("--skip-broken-bitmaps", found: "no bitmaps are copied", remedy: "add --bitmaps")
        }
        if settings.copiesBitmaps {
            guard sources.count == 1 else {
                throw ToolProblem("--bitmaps", found: "they are those of one image", remedy: "name a single source")
            }
            try BitmapCopy.check(recipe)
        }
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let opener = ImageOpener(session: session, probing: .refused)
        var images: [OpenImage] = []
        for source in sources {
            let image = try opener.open(source)
            try settings.snapshot?.show(in: image)
            images.append(image)
        }
        var source: ConvertSource
        do {
            source = try ConvertSource(images, salvages: settings.salvages, session.console)
        } catch {
            throw ToolProblem(sources[0].path, error)
        }
        if settings.copiesBitmaps {
            source.bitmaps = try BitmapCopy(
                from: images[0], skipsBroken: settings.skipsBrokenBitmaps, session.console)
        }
        if settings.keepsTarget { try fill(source, opener) } else { try make(source, opener) }
        return 0
    }

    /// Writes into an image that is there.
    private func fill(_ source: ConvertSource, _ opener: ImageOpener) throws(ToolProblem) {
        if !recipe.options.isEmpty {
            opener.session.console.remark("\(target): it is there already: -o says nothing with -n")
        }
        let reference = ImageReference(target, format: settings.targetFormat, cache: settings.cache)
        let present = try opener.open(reference, isReadOnly: false)
        guard present.node.byteCount >= source.node.byteCount else {
            throw ToolProblem(
                target, found: "it has \(present.node.byteCount) bytes, and what is copied \(source.node.byteCount)",
                remedy: "make it larger with apus image resize")
        }
        try ImageMaker.whileChanging(present.node) { () throws(ToolProblem) in
            try copy(
                source, to: present.node, readsZeros: settings.targetReadsZeros,
                file: present.format == .raw ? present.file : nil, opener.session)
        }
    }

    private func make(_ source: ConvertSource, _ opener: ImageOpener) throws(ToolProblem) {
        let reference = try ImageMaker.check(recipe, target: target)
        var circumstances = ImageMaker.Circumstances()
        circumstances.isDurable = settings.cache.flushes
        var below: OpenImage?
        if let reference { below = try opener.open(try reference.image(of: target)) }
        circumstances.backing = below?.node
        let file = try TargetFile(target, cache: settings.cache)
        try file.whileMaking { () throws(ToolProblem) in
            let made = try ImageMaker.make(
                recipe, byteCount: source.node.byteCount, in: file, opener.session, circumstances)
            if let below {
                try copyDifferences(source, over: below, to: made.node, opener.session)
            } else {
                try copy(
                    source, to: made.node, readsZeros: made.readsZeros,
                    file: recipe.format == .raw ? file.file.node : nil, opener.session)
            }
        }
    }

    private func pass(_ source: ConvertSource, _ session: ToolSession) -> ImagePass {
        ImagePass(
            session, byteCount: source.node.byteCount, showsProgress: settings.showsProgress,
            bytesPerSecond: settings.bytesPerSecond)
    }

    private func copy(
        _ source: ConvertSource, to node: any BlockNode, readsZeros: Bool, file: FileNode?, _ session: ToolSession
    ) throws(ToolProblem) {
        let place = ContentCopy.Target(
            node: node, path: target, readsZeros: readsZeros,
            compressed: settings.compresses ? node as? Qcow2Image : nil, file: settings.offloads ? file : nil)
        let sparse = settings.sparseByteCount ?? Self.defaultSparseByteCount
        var copy = ContentCopy(from: source.side, to: place, sparseByteCount: Int(sparse))
        if settings.offloads, file == nil { tellNoOffload(session) }
        var pass = pass(source, session)
        try pass.run { offset throws(ToolProblem) in
            let couldNot = copy.failedToOffload
            let piece = try copy.step(at: offset)
            if copy.failedToOffload, !couldNot { tellNoOffload(session) }
            return piece
        }
        try source.bitmaps?.perform(on: node, target)
        try ImageMaker.close(node, target, isDurable: settings.cache.flushes)
        pass.finish()
    }

    private func tellNoOffload(_ session: ToolSession) {
        session.console.remark("\(target): the kernel cannot copy into it from file to file: it is read and written")
    }

    /// Copies what the image below does not show; what both share as one file is not even read.
    private func copyDifferences(
        _ source: ConvertSource, over below: OpenImage, to node: any BlockNode, _ session: ToolSession
    ) throws(ToolProblem) {
        guard !settings.salvages, let image = node as? Qcow2Image else {
            throw ToolProblem(
                "--salvage", found: "what cannot be read cannot be compared with a backing image",
                remedy: "leave out -B, or salvage first")
        }
        if settings.offloads { tellNoOffload(session) }
        let unit = image.geometry.clusterSize
        var copy = DifferenceCopy(
            from: .init(node: source.node, path: source.path), over: .init(node: below.node, path: below.path),
            to: .init(node: node, path: target), unit: unit, liesOver: true,
            compressed: settings.compresses ? image : nil)
        var pass = pass(source, session)
        try pass.run { offset throws(ToolProblem) in
            let limit = source.node.byteCount
            let extent: BlockExtent
            do throws(BlockError) { extent = try source.node.extent(at: offset, limit: limit) } catch {
                throw ToolProblem(source.path, error)
            }
            let end = extent.range.upperBound == limit ? limit : extent.range.upperBound / unit * unit
            if end > offset, source.isShared(extent, with: below) { return .init(end: end) }
            return try copy.step(at: offset, limit: end > offset ? end : min(limit, offset + unit))
        }
        try source.bitmaps?.perform(on: node, target)
        try ImageMaker.close(node, target, isDurable: settings.cache.flushes)
        pass.finish()
    }
}
