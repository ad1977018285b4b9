// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Host

/// Opens images for commands, and decides what a missing format means.
struct ImageOpener {
    /// What may follow from a signature where no format was named.
    enum Probing {
        /// The image is only looked at: the signature tells the format.
        case allowed
        /// Something is written, or goes elsewhere: a signature is a reason to refuse, and without one it is raw.
        case refused
    }

    /// A chain is not longer than this; one that leads back to itself is endless.
    private static let maximumChainLength = 200
    let session: ToolSession
    let probing: Probing
    /// Whether an image that is damaged is opened for writing.
    var repairs = false

    /// Opens an image.
    ///
    /// - Parameters:
    ///   - withBacking: Whether its backing images are opened too. Without them the contents may not be read.
    ///   - depth: How many images lie above it.
    func open(
        _ reference: ImageReference, isReadOnly: Bool = true, withBacking: Bool = true, depth: Int = 0
    ) throws(ToolProblem) -> OpenImage {
        if NBDAddress.isAddress(reference.path) {
            return try NBDOpening(session: session).open(reference, isReadOnly: isReadOnly)
        }
        let file = try ImageFile(opening: reference, isReadOnly: isReadOnly)
        let format: ImageFormat
        if let named = reference.format { format = named } else { format = try probe(file) }
        switch format {
        case .raw: return raw(file)
        case .qcow2:
            let opening = Qcow2Opening(opener: self, reference: reference, isReadOnly: isReadOnly, depth: depth)
            return try opening.open(file, withBacking: withBacking)
        case .vmdk:
            guard isReadOnly else {
                throw ToolProblem(
                    file.path, found: "vmdk images are read, not written",
                    remedy: "convert it with apus image convert -f vmdk -O qcow2")
            }
            return try VmdkOpening(reference: reference).open(file)
        }
    }

    /// Refuses an image that too many lie above.
    static func checkDepth(_ depth: Int, _ path: String) throws(ToolProblem) {
        guard depth < maximumChainLength else {
            throw ToolProblem(
                path, found: "it lies below \(maximumChainLength) images already",
                remedy: "look whether one of the chain is its own backing image")
        }
    }

    private func raw(_ file: ImageFile) -> OpenImage {
        OpenImage(
            path: file.path, format: .raw, node: RawNode(file: file.node), file: file.node,
            allocatedByteCount: file.status.allocatedByteCount, details: FormatDetails(),
            chain: [ChainFile(file)])
    }

    private func probe(_ file: ImageFile) throws(ToolProblem) -> ImageFormat {
        let signature = ImageSignature(beginning: try file.beginning(count: ImageSignature.byteCount))
        switch (probing, signature) {
        case (.allowed, .format(let format)?): return format
        case (.allowed, .foreign(let format)?):
            throw ToolProblem(
                file.path, found: "it looks like \(format.rawValue), which this tool does not read",
                remedy: "name the format with -f; -f raw reads it byte by byte")
        case (.refused, .foreign(let format)?):
            throw ToolProblem(
                file.path,
                found:
                    "no format is named, and it looks like \(format.rawValue), which this tool does not read or write",
                remedy: "convert it with qemu-img first; -f raw takes it byte by byte")
        case (.refused, .format(let format)?):
            throw ToolProblem(
                file.path, found: "no format is named, and it looks like \(format.rawValue)",
                remedy: "name it with -f; a guest can write any signature into a raw disk, so none is believed")
        case (.allowed, nil):
            session.console.remark("\(file.path): no format is named, and no signature found: read as raw (-f raw)")
            return .raw
        case (.refused, nil): return .raw
        }
    }
}
