// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// `apus image bitmap`: the dirty bitmaps kept in an image.
package struct BitmapCommand {
    /// What is done, in the order of the command line.
    package enum Action: Equatable, Sendable {
        case add, remove, clear, enable, disable
        /// Sets the bits that the bitmap of that name has set, in the same image or in the source image.
        case merge(String)
    }

    package struct Settings {
        /// The image whose bitmaps are merged (`-b`); `nil` for the same one.
        package var source: ImageReference?
        /// Bytes that a bit of a new bitmap stands for (`-g`), as the command line has it.
        package var granularity: String?

        package init() {}
    }

    private let image: ImageReference
    private let name: String
    private let actions: [Action]
    private let source: ImageReference?
    private let granularity: UInt64?

    package init(
        _ image: ImageReference, name: String, actions: [Action], _ settings: Settings
    ) throws(ToolProblem) {
        guard !actions.isEmpty else {
            throw ToolProblem(
                name, found: "nothing is to be done with it",
                remedy: "say --add, --remove, --clear, --enable, --disable or --merge SOURCE")
        }
        guard settings.granularity == nil || actions.contains(.add) else {
            throw ToolProblem("-g", found: "it says something of a new bitmap", remedy: "add --add, or leave it out")
        }
        let merges = actions.contains { if case .merge = $0 { true } else { false } }
        guard settings.source == nil || merges else {
            throw ToolProblem("-b", found: "nothing of that image is merged", remedy: "add --merge, or leave it out")
        }
        self.image = image
        self.name = name
        self.actions = actions
        source = settings.source
        if let text = settings.granularity {
            granularity = try ImageSize.parse(text, "-g")
        } else {
            granularity = nil
        }
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let opener = ImageOpener(session: session, probing: .refused)
        let image = try opener.open(image, isReadOnly: false, withBacking: false)
        let node = try Self.node(image)
        var source: (node: Qcow2Image, path: String)?
        if let reference = self.source {
            let other = try opener.open(reference, withBacking: false)
            source = (try Self.node(other), other.path)
        }
        // What was done before an action that fails stays done, as in qemu-img.
        try ImageMaker.whileChanging(node) { () throws(ToolProblem) in
            for action in actions { try perform(action, node, image.path, source) }
        }
        try ImageMaker.close(node, image.path, isDurable: true)
        return 0
    }

    private func perform(
        _ action: Action, _ node: Qcow2Image, _ path: String, _ source: (node: Qcow2Image, path: String)?
    ) throws(ToolProblem) {
        if case .merge(let other) = action {
            let bits: DirtyBitmap
            do { bits = try (source?.node ?? node).bitmapContents(other) } catch {
                throw ToolProblem(source?.path ?? path, error)
            }
            do { try node.mergeBitmap(name, from: bits) } catch { throw ToolProblem(path, error) }
            return
        }
        do {
            switch action {
            case .add: try node.addBitmap(name, granularity: granularity ?? node.defaultGranularity, isEnabled: true)
            case .remove: try node.removeBitmap(name)
            case .clear: try node.clearBitmap(name)
            case .enable: try node.setBitmap(name, isEnabled: true)
            case .disable: try node.setBitmap(name, isEnabled: false)
            case .merge: break
            }
        } catch {
            throw ToolProblem(path, error)
        }
    }

    private static func node(_ image: OpenImage) throws(ToolProblem) -> Qcow2Image {
        guard let node = image.node as? Qcow2Image else {
            throw ToolProblem(
                image.path, found: "\(image.format.rawValue) images keep no bitmaps",
                remedy: "convert it to qcow2 with apus image convert -O qcow2")
        }
        return node
    }
}
