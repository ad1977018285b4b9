// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Opens images for commands, and decides what a missing format means.
struct ImageOpener {
    /// What may follow from a signature where no format was named.
    enum Probing {
        /// The image is only looked at: the signature tells the format.
        case allowed
        /// Something is written, or goes elsewhere: a signature is a reason to refuse, and without one it is raw.
        case refused
    }

    let session: ToolSession
    let probing: Probing

    /// Opens an image.
    ///
    /// - Parameter withBacking: Whether its backing images are opened too. Without them the contents may not be read.
    func open(
        _ reference: ImageReference, isReadOnly: Bool = true, withBacking: Bool = true
    ) throws(ToolProblem) -> OpenImage {
        let file = try ImageFile(
            opening: reference.path, isReadOnly: isReadOnly, sharesLocks: reference.sharesLocks)
        let format: ImageFormat
        if let named = reference.format { format = named } else { format = try probe(file) }
        switch format {
        case .raw: return raw(file)
        case .qcow2, .vmdk: throw ToolProblem(file.path, found: "\(format.rawValue) images are not read yet")
        }
    }

    private func raw(_ file: ImageFile) -> OpenImage {
        OpenImage(
            path: file.path, format: .raw, node: RawNode(file: file.node), file: file.node,
            allocatedByteCount: file.status.allocatedByteCount, details: FormatDetails(),
            chain: [file.path])
    }

    private func probe(_ file: ImageFile) throws(ToolProblem) -> ImageFormat {
        let signature = ImageSignature(beginning: try file.beginning(count: ImageSignature.byteCount))
        switch (probing, signature) {
        case (.allowed, .format(let format)?): return format
        case (.allowed, .foreign(let format)?):
            throw ToolProblem(
                file.path, found: "it looks like \(format.rawValue), which this tool does not read",
                remedy: "name the format with -f; -f raw reads it byte by byte")
        case (.refused, let signature?):
            throw ToolProblem(
                file.path, found: "no format is named, and it looks like \(signature.name)",
                remedy: "name it with -f; a guest can write any signature into a raw disk, so none is believed")
        case (.allowed, nil):
            session.console.remark("\(file.path): no format is named, and no signature found: read as raw (-f raw)")
            return .raw
        case (.refused, nil): return .raw
        }
    }
}
