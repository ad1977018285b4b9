// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// The nodes of a share: one for each path that a fid stands for, and those whose names are gone.
struct NinePNodes {
    /// The longest path, in bytes (PATH_MAX without the closing NUL).
    static let maximumPathByteCount = 4095
    /// The most bytes of all paths together.
    static let maximumTotalByteCount = 32 << 20

    private var named: [[UInt8]: NinePNode] = [:]
    private var byteCount = 0

    /// The node at a path, if a fid stands for it.
    func node(at path: [UInt8]) -> NinePNode? { named[path] }

    /// Takes a node for one more fid.
    func retain(_ node: NinePNode) { node.fidCount += 1 }

    /// A node that no fid stands for yet: see `retain`. At a path it takes the place of the one there, whose name is
    /// gone.
    ///
    /// - Parameter path: `nil` for a file without a name.
    mutating func insert(path: [UInt8]?) throws(NinePError) -> NinePNode {
        guard let path else { return NinePNode(path: [], isRemoved: true) }
        guard path.count <= Self.maximumPathByteCount else { throw NinePError(ENAMETOOLONG) }
        guard byteCount + path.count <= Self.maximumTotalByteCount else { throw NinePError(ENFILE) }
        remove(path: path)
        let node = NinePNode(path: path, isRemoved: false)
        byteCount += path.count
        named[path] = node
        return node
    }

    /// Gives up a fid's hold of a node.
    mutating func release(_ node: NinePNode) {
        node.fidCount -= 1
        dropIfUnused(node)
    }

    /// Forgets a node that no fid came to stand for.
    mutating func dropIfUnused(_ node: NinePNode) {
        if node.fidCount <= 0, !node.isRemoved { remove(path: node.path) }
    }

    /// Forgets all nodes but the share's own directory.
    mutating func removeAll() {
        named = named.filter { $0.key.isEmpty }
        byteCount = 0
    }

    /// The name at a path is gone. What lies below it has gone before, or with it.
    mutating func remove(path: [UInt8]) {
        guard let node = named.removeValue(forKey: path) else { return }
        byteCount -= path.count
        node.path = []
        node.isRemoved = true
    }

    /// What was at `path`, and below it, is at `newPath` now.
    mutating func move(_ path: [UInt8], to newPath: [UInt8], isFolder: Bool) {
        guard path != newPath else { return }
        remove(path: newPath)
        move(path, to: newPath)
        guard isFolder else { return }
        let prefix = path + [UInt8(ascii: "/")]
        for old in named.keys.filter({ $0.starts(with: prefix) }) {
            move(old, to: newPath + old.dropFirst(path.count))
        }
    }

    private mutating func move(_ path: [UInt8], to newPath: [UInt8]) {
        guard let node = named[path] else { return }
        let total = byteCount - path.count + newPath.count - (named[newPath] == nil ? 0 : newPath.count)
        // Where no call of the kernel would take the path, only the descriptor leads to the file.
        guard newPath.count <= Self.maximumPathByteCount, total <= Self.maximumTotalByteCount else {
            return remove(path: path)
        }
        // A file there has gone without a word to this server: by another user of the host.
        remove(path: newPath)
        named[path] = nil
        byteCount += newPath.count - path.count
        node.path = newPath
        named[newPath] = node
    }
}
