// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// How nodes get descriptors, and lose them again.
extension NinePServer {
    /// What one request may open at most, with much to spare.
    private static let reserve = 48
    static let minimumDescriptors = 4 * reserve

    /// A descriptor of the node, perhaps only a place.
    ///
    /// - Throws: `ESTALE` where another file is at its path now, or none.
    func place(_ node: NinePNode) throws(NinePError) -> SharedFile {
        node.wasUsed = true
        if let file = node.file { return file }
        guard !node.isRemoved else { throw NinePError(ESTALE) }
        let file: SharedFile
        do { file = try root.open(node.path, flags: O_PATH) } catch { throw Self.stale(error) }
        let identity = FileIdentity(try file.status())
        if let known = node.identity, known != identity { throw NinePError(ESTALE) }
        node.identity = identity
        node.file = file
        return file
    }

    /// A descriptor of the node that is more than a place: only of files and directories, and only where the host lets
    /// this process read them.
    func readable(_ node: NinePNode) throws(NinePError) -> SharedFile {
        let file = try place(node)
        guard file.isPlace else { return file }
        let opened = try reopen(node, flags: O_RDONLY)
        node.file = opened
        return opened
    }

    /// Opens the node's file anew, for its contents. Pipes, sockets and devices are never opened.
    ///
    /// - Parameter flags: Without O_CREAT and O_TRUNC: what is opened may turn out to be another file.
    func reopen(_ node: NinePNode, flags: CInt) throws(NinePError) -> SharedFile {
        let known = try place(node).status()
        guard Self.hasContents(known) else { throw NinePError(known.mode & S_IFMT == S_IFLNK ? ELOOP : ENXIO) }
        guard !node.isRemoved else { throw NinePError(ESTALE) }
        let folder = known.mode & S_IFMT == S_IFDIR ? O_DIRECTORY : 0
        let file: SharedFile
        do { file = try root.open(node.path, flags: flags | folder) } catch { throw Self.stale(error) }
        let found = try file.status()
        guard FileIdentity(found) == FileIdentity(known), Self.hasContents(found) else { throw NinePError(ESTALE) }
        return file
    }

    /// What a fid's attributes are asked of: its open file, else its node.
    func subject(_ fid: NinePFid) throws(NinePError) -> SharedFile {
        if let file = fid.file { return file }
        return try place(fid.node)
    }

    /// The same, but more than a place.
    func contents(_ fid: NinePFid) throws(NinePError) -> SharedFile {
        if let file = fid.file { return file }
        return try readable(fid.node)
    }

    /// The directory that a node is in, and the node's name there.
    func parent(of node: NinePNode) throws(NinePError) -> (folder: SharedFile, name: NinePName) {
        guard !node.isRoot else { throw NinePError(EBUSY) }
        guard !node.isRemoved else { throw NinePError(ENOENT) }
        return (try root.open(node.parentPath, flags: O_PATH | O_DIRECTORY), try NinePName(node.name))
    }

    /// The node of a file that was just found.
    ///
    /// - Parameter path: `nil` where its directory has no path any more.
    func adopt(_ file: SharedFile, at path: [UInt8]?, _ identity: FileIdentity) throws(NinePError) -> NinePNode {
        if let path, let node = nodes.node(at: path), try isSame(node, identity) {
            node.wasUsed = true
            if node.file == nil {
                node.file = file
                node.identity = identity
            }
            return node
        }
        let node = try nodes.insert(path: path)
        node.file = file
        node.identity = identity
        return node
    }

    private func isSame(_ node: NinePNode, _ identity: FileIdentity) throws(NinePError) -> Bool {
        if node.isRoot { return true }
        guard let known = node.identity else { return true }
        if known == identity { return true }
        // On an overlay a file's number may change when it is written first.
        guard let file = node.file else { return false }
        let now = FileIdentity(try file.status())
        node.identity = now
        return now == identity
    }

    /// The path of an entry of a directory; `nil` where the directory has none.
    func path(of name: NinePName, in node: NinePNode) throws(NinePError) -> [UInt8]? {
        guard !node.isRemoved else { return nil }
        let path = node.path(of: name)
        guard path.count <= NinePNodes.maximumPathByteCount else { throw NinePError(ENAMETOOLONG) }
        return path
    }

    /// Gives back descriptors of nodes that were not needed lately, so that a request finds enough.
    func makeRoom() {
        guard descriptors.used + Self.reserve > descriptors.limit else { return }
        giveBack { !$0.wasUsed }
        if descriptors.used > descriptors.limit / 2 { giveBack { _ in true } }
        for fid in fids.values { fid.node.wasUsed = false }
    }

    private func giveBack(_ isWanted: (NinePNode) -> Bool) {
        for fid in fids.values {
            let node = fid.node
            // Without a path the descriptor is all that leads to the file.
            if !node.isRoot, !node.isRemoved, isWanted(node) { node.file = nil }
        }
    }

    static func hasContents(_ status: cmachine_file) -> Bool {
        status.mode & S_IFMT == S_IFREG || status.mode & S_IFMT == S_IFDIR
    }

    /// What it means that a path which was right once leads nowhere.
    private static func stale(_ error: NinePError) -> NinePError {
        switch error.code {
        case ENOENT, ENOTDIR, ELOOP, EXDEV: NinePError(ESTALE)
        default: error
        }
    }
}
