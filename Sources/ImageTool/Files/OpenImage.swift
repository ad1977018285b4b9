// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// An image that a command works on: the nodes that read it, and what is known of it.
final class OpenImage {
    let path: String
    let format: ImageFormat
    /// The contents, the backing images' included.
    let node: any BlockNode
    /// Storage that its own files take, in bytes; `nil` where nobody can tell.
    let allocatedByteCount: UInt64?
    let details: FormatDetails
    /// The file behind `node` where the image is raw, for what only a file can do; `nil` on a server.
    let file: FileNode?
    /// The files that keep contents: this image's, its backing image's and so on.
    let chain: [ChainFile]

    init(
        path: String, format: ImageFormat, node: any BlockNode, file: FileNode?, allocatedByteCount: UInt64?,
        details: FormatDetails, chain: [ChainFile]
    ) {
        self.path = path
        self.format = format
        self.node = node
        self.file = file
        self.chain = chain
        self.allocatedByteCount = allocatedByteCount
        self.details = details
    }
}
