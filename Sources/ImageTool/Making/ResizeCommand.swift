// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// `apus image resize`: makes an image larger or smaller.
package struct ResizeCommand {
    /// What the new size counts from.
    enum Change { case to(UInt64), by(UInt64), less(UInt64) }

    private let image: ImageReference
    private let change: Change
    private let preallocation: String
    private let mayShrink: Bool

    /// - Parameters:
    ///   - size: A size, or `+` or `-` and a difference.
    ///   - mayShrink: Whether what lies behind the new end may be lost (`--shrink`).
    package init(
        _ image: ImageReference, size: String, preallocation: String, mayShrink: Bool
    ) throws(ToolProblem) {
        self.image = image
        self.preallocation = preallocation
        self.mayShrink = mayShrink
        if size.hasPrefix("+") {
            change = .by(try ImageSize.parse(String(size.dropFirst()), "size"))
        } else if size.hasPrefix("-") {
            change = .less(try ImageSize.parse(String(size.dropFirst()), "size"))
        } else {
            change = .to(try ImageSize.parse(size, "size"))
        }
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let image = try ImageOpener(session: session, probing: .refused).open(image, isReadOnly: false)
        let preallocation = try Preallocation(preallocation, option: "--preallocation", of: image.format)
        let present = image.node.byteCount
        let wanted = try newSize(present, image.path)
        if wanted < present {
            guard mayShrink else {
                throw ToolProblem(
                    image.path, found: "\(present - wanted) bytes at its end would be lost",
                    remedy: "shrink the file systems and partitions on it first, then say --shrink")
            }
            guard preallocation == .off else {
                throw ToolProblem(
                    "--preallocation", found: "an image that becomes smaller needs no room",
                    remedy: "leave it out")
            }
        }
        try ImageMaker.whileChanging(image.node) { () throws(ToolProblem) in
            do throws(BlockError) { try image.node.resize(to: wanted) } catch { throw ToolProblem(image.path, error) }
            if wanted > present { try giveRoom(image, present..<wanted, preallocation, session) }
        }
        try ImageMaker.close(image.node, image.path, isDurable: true)
        try session.console.say("Image resized.")
        return 0
    }

    private func giveRoom(
        _ image: OpenImage, _ range: Range<UInt64>, _ preallocation: Preallocation, _ session: ToolSession
    ) throws(ToolProblem) {
        if let node = image.node as? Qcow2Image {
            return try Qcow2Room(node, image.path).give(range, preallocation, session)
        }
        guard let file = image.file else { return }
        try RawRoom(file, image.path).give(range, preallocation, session)
    }

    private func newSize(_ present: UInt64, _ path: String) throws(ToolProblem) -> UInt64 {
        let (size, overflow): (UInt64, Bool) =
            switch change {
            case .to(let size): (size, false)
            case .by(let count): present.addingReportingOverflow(count)
            case .less(let count): present.subtractingReportingOverflow(count)
            }
        guard !overflow, size > 0, size <= UInt64(Int64.max) else {
            throw ToolProblem(
                path, found: "its new size would not be between 1 byte and 8 EiB",
                remedy: "it has \(present) bytes now")
        }
        return size
    }
}
