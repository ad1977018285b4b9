// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// `apus image convert`: copies images' contents into an image of another format.
package struct ConvertCommand {
    package struct Settings {
        /// Zeros in a row that are worth a hole (`-S`), in bytes.
        package var sparseByteCount: UInt64 = 4096
        /// The target is there already (`-n`).
        package var keepsTarget = false
        /// The target that is there reads as zeros (`--target-is-zero`).
        package var targetReadsZeros = false
        /// What is written is compressed (`-c`).
        package var compresses = false
        package var showsProgress = false
        /// The target is made durable before the end (`-t`).
        package var flushes = false
        /// The snapshot that is copied, by its id or name (`-l`).
        package var snapshot: String?
        /// The source's dirty bitmaps are copied too (`--bitmaps`).
        package var copiesBitmaps = false
        /// Bitmaps that cannot be copied are left out (`--skip-broken-bitmaps`).
        package var skipsBrokenBitmaps = false

        package init() {}
    }

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
        let size = settings.sparseByteCount
        guard size.isMultiple(of: 512), size <= UInt64(ContentCopy.chunkByteCount) else {
            throw ToolProblem(
                "-S \(size)", found: "it is not a multiple of 512 up to 2M",
                remedy: "write such a size, or 0 for no holes")
        }
        guard !settings.compresses || recipe.format == .qcow2 else {
            throw ToolProblem(
                "-c", found: "\(recipe.format.rawValue) cannot be compressed", remedy: "leave it out, or take -O qcow2")
        }
        guard !settings.targetReadsZeros || settings.keepsTarget else {
            throw ToolProblem(
                "--target-is-zero", found: "it says something of a target that is there",
                remedy: "add -n, or leave it out")
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
        if let snapshot = settings.snapshot {
            throw ToolProblem(
                "-l \(snapshot)", found: "a snapshot inside an image is not read on its own yet",
                remedy: "apply it to a copy with apus image snapshot -a, and convert that")
        }
        let opener = ImageOpener(session: session, probing: .refused)
        var images: [OpenImage] = []
        for source in sources { images.append(try opener.open(source)) }
        let path = sources.count == 1 ? sources[0].path : "\(sources[0].path) and the others"
        var bitmaps: BitmapCopy?
        if settings.copiesBitmaps {
            bitmaps = try BitmapCopy(from: images[0], skipsBroken: settings.skipsBrokenBitmaps, session.console)
        }
        let source: SequenceNode
        do { source = try SequenceNode(images.map(\.node)) } catch { throw ToolProblem(path, error) }
        if settings.keepsTarget {
            let present = try opener.open(ImageReference(target, format: recipe.format), isReadOnly: false)
            guard present.node.byteCount >= source.byteCount else {
                throw ToolProblem(
                    target, found: "it has \(present.node.byteCount) bytes, and what is copied \(source.byteCount)",
                    remedy: "make it larger with apus image resize")
            }
            try ImageMaker.whileChanging(present.node) { () throws(ToolProblem) in
                try copy(source, path, bitmaps, to: present.node, readsZeros: settings.targetReadsZeros, session)
            }
            return 0
        }
        try make(source, path, bitmaps, opener)
        return 0
    }

    private func make(
        _ source: SequenceNode, _ path: String, _ bitmaps: BitmapCopy?, _ opener: ImageOpener
    ) throws(ToolProblem) {
        let reference = try ImageMaker.check(recipe, target: target)
        var circumstances = ImageMaker.Circumstances()
        circumstances.isDurable = settings.flushes
        if let reference {
            let below = try reference.image(of: target, sharesLocks: false)
            circumstances.backing = try opener.open(below).node
        }
        let file = try TargetFile(target)
        try file.whileMaking { () throws(ToolProblem) in
            let made = try ImageMaker.make(recipe, byteCount: source.byteCount, in: file, circumstances)
            // Over a backing image zeros hide what is below.
            let readsZeros = made.readsZeros && reference == nil
            try copy(source, path, bitmaps, to: made.node, readsZeros: readsZeros, opener.session)
        }
    }

    private func copy(
        _ source: SequenceNode, _ path: String, _ bitmaps: BitmapCopy?, to node: any BlockNode, readsZeros: Bool,
        _ session: ToolSession
    ) throws(ToolProblem) {
        let progress = ProgressBar(session.console, total: source.byteCount, isShown: settings.showsProgress)
        let target = ContentCopy.Target(
            node: node, path: target, readsZeros: readsZeros,
            compressed: settings.compresses ? node as? Qcow2Image : nil)
        var copy = ContentCopy(
            from: source, path, to: target, sparseByteCount: Int(settings.sparseByteCount))
        var offset: UInt64 = 0
        while offset < source.byteCount {
            try session.checkInterruption()
            let count = try copy.step(at: offset)
            progress.advance(by: count)
            offset += count
        }
        try bitmaps?.perform(on: node, target.path)
        try ImageMaker.close(node, target.path, isDurable: settings.flushes)
        progress.finish()
    }
}
