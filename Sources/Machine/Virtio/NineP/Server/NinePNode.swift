// SPDX-License-Identifier: Apache-2.0

/// A file or directory that fids stand for: by where it is, and by a descriptor that stays with it when it moves.
///
/// The descriptor is given back when there are too many; the path then leads to the file again, or the fid is stale.
final class NinePNode {
    /// From the share's directory, components with slashes between them; empty for the directory itself.
    var path: [UInt8]
    /// The name is gone: no path leads here any more, only the descriptor.
    var isRemoved: Bool
    var file: SharedFile?
    /// The file that the path led to when it was opened last.
    var identity: FileIdentity?
    /// It was needed since descriptors were given back last.
    var wasUsed = true
    var fidCount = 0

    init(path: [UInt8], isRemoved: Bool) {
        self.path = path
        self.isRemoved = isRemoved
    }

    var isRoot: Bool { path.isEmpty && !isRemoved }

    /// The path of the directory that this is in; the share's own directory is in itself.
    var parentPath: [UInt8] {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return [] }
        return [UInt8](path[..<slash])
    }

    /// The last component; empty for the share's directory.
    var name: [UInt8] {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return [UInt8](path[(slash + 1)...])
    }

    /// The path of an entry of this directory.
    func path(of name: NinePName) -> [UInt8] {
        path.isEmpty ? name.bytes : path + [UInt8(ascii: "/")] + name.bytes
    }
}
