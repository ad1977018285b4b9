// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc

/// What changes the entries of directories.
extension NinePServer {
    func makeFolder(
        _ number: UInt32, _ name: NinePName, mode: UInt32, group: UInt32
    ) throws(NinePError) -> NinePQid {
        let (fid, folder) = try folder(number)
        try folder.makeFolder(name, mode: MappedOwners.hostFolderMode)
        return try keeping(name, in: folder, isFolder: true) { () throws(NinePError) in
            let file = try folder.open(name.bytes, flags: O_RDONLY | O_DIRECTORY)
            try endow(file, user: fid.user, group: group, mode: S_IFDIR | mode & 0o7777)
            return qid(of: try look(at: file))
        }
    }

    /// Makes a file, a pipe, a socket or a device.
    func makeNode(
        _ number: UInt32, _ name: NinePName, mode: UInt32, major: UInt32, minor: UInt32, group: UInt32
    ) throws(NinePError) -> NinePQid {
        let (fid, folder) = try folder(number)
        let kind = mode & S_IFMT == 0 ? S_IFREG : mode & S_IFMT
        guard [S_IFREG, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK].contains(kind) else { throw NinePError(EINVAL) }
        let isDevice = kind == S_IFCHR || kind == S_IFBLK
        let device = Self.device(major, minor)
        let asked = kind | mode & 0o7777
        if owners == .mapped || kind == S_IFREG {
            return try makePlainFile(name, in: folder, fid, group, asked, device: isDevice ? device : nil)
        }
        // A device that works is for root's shares.
        if isDevice, owners == .squash { throw NinePError(EPERM) }
        try folder.makeNode(name, mode: asked & (S_IFMT | 0o777), device: isDevice ? device : 0)
        return try keeping(name, in: folder, isFolder: false) { () throws(NinePError) in
            try endow(kind: kind, name, in: folder, fid, group, asked)
        }
    }

    func makeSymbolicLink(
        _ number: UInt32, _ name: NinePName, to target: [UInt8], group: UInt32
    ) throws(NinePError) -> NinePQid {
        let (fid, folder) = try folder(number)
        let mode: UInt32 = S_IFLNK | 0o777
        if owners == .mapped {
            return try makePlainFile(name, in: folder, fid, group, mode, contents: target)
        }
        try folder.makeSymbolicLink(name, to: target)
        return try keeping(name, in: folder, isFolder: false) { () throws(NinePError) in
            try endow(kind: S_IFLNK, name, in: folder, fid, group, mode)
        }
    }

    func link(_ folderNumber: UInt32, _ number: UInt32, _ name: NinePName) throws(NinePError) {
        let (_, folder) = try folder(folderNumber)
        let (from, oldName) = try parent(of: try fid(number).node)
        try from.makeLink(oldName, in: folder, name)
    }

    func rename(_ number: UInt32, to folderNumber: UInt32, _ name: NinePName) throws(NinePError) {
        try requireWritable()
        let node = try fid(number).node
        let (from, oldName) = try parent(of: node)
        let target = try fid(folderNumber).node
        try rename(
            oldName, in: from, at: node.path, to: name, in: try place(target), at: try path(of: name, in: target))
    }

    func rename(
        _ number: UInt32, _ name: NinePName, to newNumber: UInt32, _ newName: NinePName
    ) throws(NinePError) {
        let (fid, folder) = try folder(number)
        let (target, newFolder) = try self.folder(newNumber)
        try rename(
            name, in: folder, at: try path(of: name, in: fid.node), to: newName, in: newFolder,
            at: try path(of: newName, in: target.node))
    }

    private func rename(
        _ name: NinePName, in folder: SharedFile, at path: [UInt8]?, to newName: NinePName,
        in newFolder: SharedFile, at newPath: [UInt8]?
    ) throws(NinePError) {
        if let newPath, newPath != path { keepFile(at: newPath) }
        if newPath == nil, let path { keepFile(at: path) }
        try folder.rename(name, to: newFolder, newName)
        switch (path, newPath) {
        case (let path?, let newPath?):
            let kind = (try? newFolder.open(newName.bytes, flags: O_PATH).status())?.mode ?? S_IFDIR
            nodes.move(path, to: newPath, isFolder: kind & S_IFMT == S_IFDIR)
        case (let path?, nil): nodes.remove(path: path)
        case (nil, let newPath?): nodes.remove(path: newPath)
        case (nil, nil): break
        }
    }

    func unlink(_ number: UInt32, _ name: NinePName, _ flags: UInt32) throws(NinePError) {
        guard flags & ~UInt32(AT_REMOVEDIR) == 0 else { throw NinePError(EINVAL) }
        let (fid, folder) = try folder(number)
        let path = try path(of: name, in: fid.node)
        if let path { keepFile(at: path) }
        try folder.unlink(name, isFolder: flags & UInt32(AT_REMOVEDIR) != 0)
        if let path { nodes.remove(path: path) }
    }

    /// Removes what the fid stands for; the fid is gone in any case.
    func remove(_ number: UInt32) throws(NinePError) -> NinePReply {
        let fid = try self.fid(number)
        defer { drop(number) }
        try requireWritable()
        let (folder, name) = try parent(of: fid.node)
        let status = try place(fid.node).status()
        let found = try folder.open(name.bytes, flags: O_PATH).status()
        guard FileIdentity(found) == FileIdentity(status) else { throw NinePError(ESTALE) }
        try folder.unlink(name, isFolder: status.mode & S_IFMT == S_IFDIR)
        nodes.remove(path: fid.node.path)
        return .empty
    }

    /// A directory that entries are changed in.
    private func folder(_ number: UInt32) throws(NinePError) -> (fid: NinePFid, file: SharedFile) {
        try requireWritable()
        let fid = try self.fid(number)
        return (fid, try place(fid.node))
    }

    /// A fid whose file loses its name goes on with it, so it needs a descriptor before.
    private func keepFile(at path: [UInt8]) {
        guard let node = nodes.node(at: path) else { return }
        _ = try? (owners == .mapped ? readable(node) : place(node))
    }

    /// A regular file that is what its attributes say.
    private func makePlainFile(
        _ name: NinePName, in folder: SharedFile, _ fid: NinePFid, _ group: UInt32, _ mode: UInt32,
        device: UInt64? = nil, contents: [UInt8] = []
    ) throws(NinePError) -> NinePQid {
        let file = try folder.open(name.bytes, flags: O_RDWR | O_CREAT | O_EXCL, mode: MappedOwners.hostFileMode)
        return try keeping(name, in: folder, isFolder: false) { () throws(NinePError) in
            if !contents.isEmpty { try file.write(contents) }
            try endow(file, user: fid.user, group: group, mode: mode, device: device)
            return qid(of: try look(at: file))
        }
    }

    /// Makes what has no contents its owner's: by the very file that was made.
    private func endow(
        kind: UInt32, _ name: NinePName, in folder: SharedFile, _ fid: NinePFid, _ group: UInt32, _ mode: UInt32
    ) throws(NinePError) -> NinePQid {
        let place = try folder.open(name.bytes, flags: O_PATH)
        let status = try place.status()
        guard status.mode & S_IFMT == kind, status.links == 1 else { throw NinePError(ESTALE) }
        try endow(place, user: fid.user, group: group, mode: mode)
        return qid(of: try place.status())
    }

    /// Takes the entry back that was just made, where `body` fails.
    func keeping<Result>(
        _ name: NinePName, in folder: SharedFile, isFolder: Bool, _ body: () throws(NinePError) -> Result
    ) throws(NinePError) -> Result {
        do {
            return try body()
        } catch {
            try? folder.unlink(name, isFolder: isFolder)
            throw error
        }
    }

    /// A device's number as the kernel takes it (new_encode_dev).
    private static func device(_ major: UInt32, _ minor: UInt32) -> UInt64 {
        UInt64(minor & 0xFF) | UInt64(major & 0xFFF) << 8 | UInt64(minor & 0xFFF00) << 12
    }
}

extension SharedFile {
    /// Writes a short text from the beginning on.
    fileprivate func write(_ bytes: [UInt8]) throws(NinePError) {
        let number = number
        let count = unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            var vector = unsafe iovec(
                iov_base: UnsafeMutableRawPointer(mutating: base), iov_len: buffer.count)
            return unsafe cmachine_write_vectors(number, &vector, 1, 0)
        }
        guard try NinePError.check(count) == bytes.count else { throw NinePError(ENOSPC) }
    }
}
