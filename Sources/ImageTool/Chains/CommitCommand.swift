// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc

/// `apus image commit`: moves an image's contents down into an image below it.
package struct CommitCommand {
    package struct Settings {
        /// The image of the chain that the contents go to; `nil` for the next one below (`-b`).
        package var base: String?
        /// Whether the image is emptied afterwards; never where `base` says something (`-d`).
        package var empties = true
        package var showsProgress = false
        /// How both images are written (`-t`).
        package var cache = CacheMode.writeback
        /// At most so many bytes in a second (`-r`).
        package var bytesPerSecond: UInt64?

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
        let (overlays, reference) = try chain(under: top, opener)
        let base = try opener.open(reference, isReadOnly: false, depth: overlays.images.count)
        if base.node.byteCount < top.node.byteCount {
            do { try base.node.resize(to: top.node.byteCount) } catch { throw ToolProblem(base.path, error) }
        }
        try ImageMaker.whileChanging(base.node) { () throws(ToolProblem) in try copy(overlays, top, base, session) }
        // What the image gives up must be in the other one for good.
        try ImageMaker.close(base.node, base.path, isDurable: true)
        if settings.empties, settings.base == nil { try empty(top) }
        try ImageMaker.close(top.node, top.path, isDurable: settings.cache.flushes)
        try session.console.say("Image committed.")
        return 0
    }

    /// The images whose contents go down, and the one that they go to.
    private func chain(
        under top: OpenImage, _ opener: ImageOpener
    ) throws(ToolProblem) -> (OverlayStack, ImageReference) {
        var images = [top]
        while true {
            let lowest = images[images.count - 1]
            guard let backing = lowest.details.backing else {
                if let base = settings.base, images.count > 1 || lowest.format == .qcow2 {
                    throw ToolProblem(
                        "-b \(base)", found: "no image below \(top.path) is that one",
                        remedy: "apus image info --backing-chain tells those there are")
                }
                throw ToolProblem(top.path, found: "it has no backing image that its contents could go to")
            }
            let reference = try backing.image(of: lowest.path, cache: settings.cache)
            if isBase(backing, reference) { return (OverlayStack(images: images), reference) }
            images.append(try opener.open(reference, withBacking: false, depth: images.count))
        }
    }

    private func isBase(_ backing: BackingReference, _ reference: ImageReference) -> Bool {
        guard let base = settings.base, base != backing.path, base != reference.path else { return true }
        var (wanted, found) = (stat(), stat())
        return unsafe stat(base, &wanted) == 0 && stat(reference.path, &found) == 0
            && wanted.st_dev == found.st_dev && wanted.st_ino == found.st_ino
    }

    /// Copies what the images keep themselves, zeros included.
    private func copy(
        _ overlays: OverlayStack, _ top: OpenImage, _ base: OpenImage, _ session: ToolSession
    ) throws(ToolProblem) {
        var buffer = BlockBuffer(capacity: Int(Self.chunkByteCount))
        var pass = ImagePass(
            session, byteCount: top.node.byteCount, showsProgress: settings.showsProgress,
            bytesPerSecond: settings.bytesPerSecond)
        try pass.run { offset throws(ToolProblem) in
            let (image, extent) = try overlays.extent(at: offset, limit: top.node.byteCount)
            guard extent.isPresent else { return .init(end: extent.range.upperBound) }
            if extent.isZero {
                let end = min(extent.range.upperBound, offset + 1 << 30)
                do throws(BlockError) { try base.node.writeZeroes(offset..<end, mayUnmap: true) } catch {
                    throw ToolProblem(base.path, error)
                }
                return .init(end: end)
            }
            let end = min(extent.range.upperBound, offset + Self.chunkByteCount)
            let count = Int(end - offset)
            do throws(BlockError) { try buffer.fill(from: image.node, at: offset, count: count) } catch {
                throw ToolProblem(image.path, error)
            }
            do throws(BlockError) { try buffer.write(0..<count, to: base.node, at: offset) } catch {
                throw ToolProblem(base.path, error)
            }
            return .init(end: end, movedByteCount: end - offset)
        }
        pass.finish()
    }

    /// Gives back what the top image keeps, so that it shows its backing image again.
    private func empty(_ top: OpenImage) throws(ToolProblem) {
        guard let node = top.node as? Qcow2Image else { return }
        do { try node.empty() } catch { throw ToolProblem(top.path, error) }
    }
}
