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
        /// The image is made durable before the end (`-t`).
        package var flushes = true

        package init() {}
    }

    private static let chunkByteCount: UInt64 = 1 << 20
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
                try keepDifferences(top, below, node.geometry.clusterSize, session)
            }
        }
        do {
            try node.setBacking(name: settings.backing, format: settings.backingFormat?.rawValue)
        } catch {
            throw ToolProblem(top.path, error)
        }
        try ImageMaker.close(node, top.path, isDurable: settings.flushes)
        return 0
    }

    private func newBacking(_ opener: ImageOpener) throws(ToolProblem) -> OpenImage? {
        guard let path = settings.backing else { return nil }
        let reference = BackingReference(path: path, format: settings.backingFormat?.rawValue)
        return try opener.open(try reference.image(of: image.path, sharesLocks: false))
    }

    /// Copies into the image what the new backing image does not have as the present one does.
    private func keepDifferences(
        _ top: OpenImage, _ below: OpenImage?, _ cluster: UInt64, _ session: ToolSession
    ) throws(ToolProblem) {
        let byteCount = top.node.byteCount
        let progress = ProgressBar(session.console, total: byteCount, isShown: settings.showsProgress)
        let chunk = max(cluster, Self.chunkByteCount)
        var buffers = [BlockBuffer(capacity: Int(chunk)), BlockBuffer(capacity: Int(chunk))]
        var offset: UInt64 = 0
        while offset < byteCount {
            try session.checkInterruption()
            let extent: BlockExtent
            do { extent = try top.node.extent(at: offset, limit: byteCount) } catch {
                throw ToolProblem(top.path, error)
            }
            var end = extent.range.upperBound
            if extent.depth > 0 || !extent.isPresent {
                // To the end of a cluster, so that each is written at once.
                end = min(end, offset / chunk * chunk + chunk)
                let count = Int(end - offset)
                do { try buffers[0].fill(from: top.node, at: offset, count: count) } catch {
                    throw ToolProblem(top.path, error)
                }
                try fill(&buffers[1], below, at: offset, count)
                do { try write(buffers, count, cluster, to: top.node, at: offset) } catch {
                    throw ToolProblem(top.path, error)
                }
            }
            progress.advance(by: end - offset)
            offset = end
        }
        progress.finish()
    }

    /// What the new backing image has; zeros behind its end.
    private func fill(
        _ buffer: inout BlockBuffer, _ below: OpenImage?, at offset: UInt64, _ count: Int
    ) throws(ToolProblem) {
        buffer.fill(with: 0, count: count)
        guard let below, offset < below.node.byteCount else { return }
        let present = Int(min(UInt64(count), below.node.byteCount - offset))
        do { try buffer.fillFront(from: below.node, at: offset, count: present) } catch {
            throw ToolProblem(below.path, error)
        }
    }

    private func write(
        _ buffers: [BlockBuffer], _ count: Int, _ cluster: UInt64, to node: any BlockNode, at offset: UInt64
    ) throws(BlockError) {
        var start = 0
        while start < count {
            let end = min(count, start + Int(cluster - (offset + UInt64(start)) % cluster))
            if !buffers[0].hasSameBytes(as: buffers[1], in: start..<end) {
                try buffers[0].write(start..<end, to: node, at: offset + UInt64(start))
            }
            start = end
        }
    }
}
