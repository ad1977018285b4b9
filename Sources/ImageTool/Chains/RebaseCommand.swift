// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// `apus image rebase`: gives an image another backing image.
package struct RebaseCommand {
    package struct Settings {
        /// The new backing image; `nil` for none.
        package var backing: String?
        package var backingFormat: ImageFormat?
        /// Only the name is written down (`-u`).
        package var isNameOnly = false
        package var showsProgress = false
        /// How the image is written (`-t`), and how the backing images are read (`-T`).
        package var cache = CacheMode.writeback
        package var backingCache = CacheMode.writeback

        package init() {}
    }

    private let image: ImageReference
    private let settings: Settings

    package init(_ image: ImageReference, _ settings: Settings) {
        self.image = image
        self.settings = settings
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let opener = ImageOpener(session: session, probing: .refused)
        let top = try opener.open(image, isReadOnly: false, withBacking: !settings.isNameOnly)
        guard let node = top.node as? Qcow2Image else {
            throw ToolProblem(
                top.path, found: "\(top.format.rawValue) images have no backing image",
                remedy: "convert it to qcow2 with apus image convert -O qcow2")
        }
        if let path = settings.backing, settings.backingFormat == nil {
            throw ToolProblem("-b \(path)", found: "the backing image's format is missing", remedy: "name it with -F")
        }
        if !settings.isNameOnly {
            let below = try newBacking(opener)
            try ImageMaker.whileChanging(node) { () throws(ToolProblem) in
                try keepDifferences(top, below, unit: node.geometry.clusterSize, session)
            }
        }
        do {
            try node.setBacking(name: settings.backing, format: settings.backingFormat?.rawValue)
        } catch {
            throw ToolProblem(top.path, error)
        }
        try ImageMaker.close(node, top.path, isDurable: settings.cache.flushes)
        return 0
    }

    private func newBacking(_ opener: ImageOpener) throws(ToolProblem) -> OpenImage? {
        guard let path = settings.backing else { return nil }
        let reference = BackingReference(path: path, format: settings.backingFormat?.rawValue)
        return try opener.open(try reference.image(of: image.path, cache: settings.backingCache), depth: 1)
    }

    /// Copies into the image what the new backing image does not have as the present one does.
    private func keepDifferences(
        _ top: OpenImage, _ below: OpenImage?, unit: UInt64, _ session: ToolSession
    ) throws(ToolProblem) {
        let byteCount = top.node.byteCount
        let side = DifferenceCopy.Side(node: top.node, path: top.path)
        var copy = DifferenceCopy(
            from: side, over: below.map { .init(node: $0.node, path: $0.path) }, to: side, unit: unit,
            liesOver: false)
        var pass = ImagePass(session, byteCount: byteCount, showsProgress: settings.showsProgress)
        try pass.run { offset throws(ToolProblem) in
            let extent: BlockExtent
            do throws(BlockError) { extent = try top.node.extent(at: offset, limit: byteCount) } catch {
                throw ToolProblem(top.path, error)
            }
            // What the image keeps itself stays as it is.
            guard extent.depth > 0 || !extent.isPresent else { return .init(end: extent.range.upperBound) }
            return try copy.step(at: offset, limit: extent.range.upperBound)
        }
        pass.finish()
    }
}
