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
                "-S \(size)", found: "it is not a multiple of 512 up to 2M", remedy: "write such a size, or 0 for no holes")
        }
        guard !settings.compresses || recipe.format == .qcow2 else {
            throw ToolProblem(
                "-c", found: "\(recipe.format.rawValue) cannot be compressed", remedy: "leave it out, or take -O qcow2")
        }
        guard !settings.targetReadsZeros || settings.keepsTarget else {
            throw ToolProblem("--target-is-zero", found: "it says something of a target that is there",
                remedy: "add -n, or leave it out")
        }
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let opener = ImageOpener(session: session, probing: .refused)
        var images: [OpenImage] = []
        for source in sources { images.append(try opener.open(source)) }
        let byteCount = try Self.sum(images)
        if settings.keepsTarget {
            let present = try opener.open(ImageReference(target, format: recipe.format), isReadOnly: false)
            guard present.node.byteCount >= byteCount else {
                throw ToolProblem(
                    target, found: "it has \(present.node.byteCount) bytes, and what is copied \(byteCount)",
                    remedy: "make it larger with apus image resize")
            }
            try copy(images, byteCount, to: present.node, readsZeros: settings.targetReadsZeros, session)
            return 0
        }
        try ImageMaker.check(recipe, target: target)
        let file = try TargetFile(target)
        try file.whileMaking { () throws(ToolProblem) in
            let made = try ImageMaker.make(recipe, byteCount: byteCount, in: file)
            try copy(images, byteCount, to: made.node, readsZeros: made.readsZeros, session)
        }
        return 0
    }

    private func copy(
        _ images: [OpenImage], _ byteCount: UInt64, to node: any BlockNode, readsZeros: Bool, _ session: ToolSession
    ) throws(ToolProblem) {
        let progress = ProgressBar(session.console, total: byteCount, isShown: settings.showsProgress)
        var copy = ContentCopy(sparseByteCount: Int(settings.sparseByteCount), targetReadsZeros: readsZeros)
        var base: UInt64 = 0
        for image in images {
            var offset: UInt64 = 0
            while offset < image.node.byteCount {
                try session.checkInterruption()
                let count = try copy.step(from: image, at: offset, to: node, target, at: base + offset)
                progress.advance(by: count)
                offset += count
            }
            base += image.node.byteCount
        }
        if settings.flushes { do { try node.flush() } catch { throw ToolProblem(target, error) } }
        progress.finish()
    }

    private static func sum(_ images: [OpenImage]) throws(ToolProblem) -> UInt64 {
        var sum: UInt64 = 0
        for image in images {
            let (next, overflow) = sum.addingReportingOverflow(image.node.byteCount)
            guard !overflow, next <= UInt64(Int64.max) else {
                throw ToolProblem(image.path, found: "the images together have more than 8 EiB")
            }
            sum = next
        }
        return sum
    }
}
