// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc
internal import Host

/// The image that clones lie over, and how they name it: by its file's name where they are in its folder, so that the
/// folder may be moved, and by its whole path elsewhere. Symbolic links are followed now, not when a clone is opened.
struct ClonedImage {
    private let image: OpenImage
    private let path: String
    private let folder: (device: UInt64, inode: UInt64)?

    init(_ image: OpenImage) throws(ToolProblem) {
        self.image = image
        guard let name = unsafe realpath(image.path, nil) else {
            throw ToolProblem(image.path, SystemCallError(call: "realpath", code: errno))
        }
        defer { unsafe free(name) }
        guard let path = unsafe String(validatingCString: name) else {
            throw ToolProblem(image.path, found: "its path is not UTF-8, as a clone would have to name it")
        }
        self.path = path
        folder = Self.identity(CloneFile.folder(of: path))
    }

    var byteCount: UInt64 { image.node.byteCount }

    /// What a clone of that path says of the image.
    func reference(from target: String) -> BackingReference {
        let own = Self.identity(CloneFile.folder(of: target))
        var name = path
        if let own, let folder, own == folder, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
            name = String(path[path.index(after: slash)...])
            // What precedes a colon would be taken for a protocol.
            if name.utf8.contains(UInt8(ascii: ":")) { name = "./" + name }
        }
        return BackingReference(path: name, format: image.format.rawValue)
    }

    private static func identity(_ folder: String) -> (device: UInt64, inode: UInt64)? {
        var status = stat()
        guard unsafe stat(folder, &status) == 0 else { return nil }
        return (UInt64(status.st_dev), UInt64(status.st_ino))
    }
}
