// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Host

/// A file that keeps contents of an image of a chain.
struct ChainFile {
    let path: String
    /// What the places of extents count in; `nil` where the contents lie in several files.
    let node: FileNode?
    let status: FileStatus

    init(_ file: ImageFile, isWhole: Bool = true) {
        path = file.path
        node = isWhole ? file.node : nil
        status = file.status
    }

    /// Whether both are one file, by whatever name.
    func isSame(as other: ChainFile) -> Bool {
        status.device == other.status.device && status.inode == other.status.inode
    }
}
