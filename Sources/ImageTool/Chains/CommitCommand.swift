// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// `apus image commit`: moves an image's contents down into its backing image.
package struct CommitCommand {
    package struct Settings {
        /// The image of the chain that the contents go to; `nil` for the next one below (`-b`).
        package var base: String?
        /// Whether the image is emptied afterwards.
        package var empties = true
        package var showsProgress = false
        /// Both images are made durable before the end (`-t`).
        package var flushes = true

        package init() {}
    }

    private static let chunkByteCount: UInt64 = 2 << 20
    private let image: ImageReference
    private let settings: Settings

    package init(_ image: ImageReference, _ settings: Settings) {
        self.image = image
        self.settings = settings
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let opener = ImageOpener(session: session, probing: .refused)
        let top = try opener.open(image, isReadOnly: false, withBacking: false)
        guard let backing = top.details.backing else {
            throw ToolProblem(top.path, found: "it has no backing image that its contents could go to")
        }
        if let base = settings.base, base != backing.path, base != backing.resolved(from: top.path) {
            throw ToolProblem(
                "-b \(base)", found: "contents go to the next image below, \(backing.path), and no further yet",
                remedy: "commit one image after the other")
        }
        let reference = try backing.image(of: top.path, sharesLocks: false)
        let base = try opener.open(reference, isReadOnly: false)
        if base.node.byteCount < top.node.byteCount {
            do { try base.node.resize(to: top.node.byteCount) } catch { throw ToolProblem(base.path, error) }
        }
        try ImageMaker.whileChanging(base.node) { () throws(ToolProblem) in try copy(top, base, session) }
        try ImageMaker.close(base.node, base.path, isDurable: true)
        if settings.empties { try empty(top) }
        try ImageMaker.close(top.node, top.path, isDurable: settings.flushes)
        try session.console.say("Image committed.")
        return 0
    }

    /// Copies what the top image keeps itself, zeros included.
    private func copy(_ top: OpenImage, _ base: OpenImage, _ session: ToolSession) throws(ToolProblem) {
        let progress = ProgressBar(session.console, total: top.node.byteCount, isShown: settings.showsProgress)
        var buffer = BlockBuffer(capacity: Int(Self.chunkByteCount))
        var offset: UInt64 = 0
        while offset < top.node.byteCount {
            try session.checkInterruption()
            let extent: BlockExtent
            do { extent = try top.node.extent(at: offset, limit: top.node.byteCount) } catch {
                throw ToolProblem(top.path, error)
            }
            var end = extent.range.upperBound
            if extent.isPresent, extent.isZero {
                do { try base.node.writeZeroes(offset..<end, mayUnmap: true) } catch {
                    throw ToolProblem(base.path, error)
                }
            } else if extent.isPresent {
                end = min(end, offset + Self.chunkByteCount)
                let count = Int(end - offset)
                do { try buffer.fill(from: top.node, at: offset, count: count) } catch {
                    throw ToolProblem(top.path, error)
                }
                do { try buffer.write(0..<count, to: base.node, at: offset) } catch {
                    throw ToolProblem(base.path, error)
                }
            }
            progress.advance(by: end - offset)
            offset = end
        }
        progress.finish()
    }

    /// Gives back what the top image keeps, so that it shows its backing image again.
    private func empty(_ top: OpenImage) throws(ToolProblem) {
        guard let node = top.node as? Qcow2Image else { return }
        do { try node.empty() } catch { throw ToolProblem(top.path, error) }
    }
}
