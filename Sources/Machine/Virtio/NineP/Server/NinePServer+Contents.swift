// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// Opening, reading and writing.
extension NinePServer {
    /// Of a client's flags of open(2), those that the host's file is opened with.
    static let passedFlags = UInt32(O_ACCMODE | O_APPEND | O_DSYNC | O_SYNC)
    /// Bytes of Rread and Rreaddir in front of what was read.
    static let readHeaderByteCount = 11

    func open(_ number: UInt32, _ flags: UInt32) throws(NinePError) -> NinePReply {
        let fid = try plainFid(number)
        let status = try look(at: fid)
        switch status.mode & S_IFMT {
        case S_IFREG: if flags & UInt32(O_DIRECTORY) != 0 { throw NinePError(ENOTDIR) }
        case S_IFDIR: if Self.changes(flags) { throw NinePError(EISDIR) }
        case S_IFLNK: throw NinePError(ELOOP)
        default: throw NinePError(ENXIO)
        }
        if Self.changes(flags) { try requireWritable() }
        let kept = flags & Self.passedFlags
        let file = try reopen(fid.node, flags: CInt(bitPattern: kept))
        if flags & UInt32(O_TRUNC) != 0 { try truncate(fid, file, flags) }
        fid.use = .opened(file, flags: kept)
        return .opened(qid(of: try look(at: file)))
    }

    /// Makes a file in the fid's directory; the fid then stands for the file.
    func create(
        _ number: UInt32, _ name: NinePName, flags: UInt32, mode: UInt32, group: UInt32
    ) throws(NinePError) -> NinePReply {
        let fid = try plainFid(number)
        try requireWritable()
        let folder = try place(fid.node)
        let path = try path(of: name, in: fid.node)
        let kept = flags & Self.passedFlags
        guard flags & UInt32(O_ACCMODE) != UInt32(O_ACCMODE) else { throw NinePError(EINVAL) }
        let file = try newFile(name, in: folder, flags: CInt(bitPattern: kept), flags, fid.user, group, mode)
        let status = try look(at: file)
        // The node has a file of its own when it needs one; until then its path leads there.
        let node = try nodes.insert(path: path)
        node.identity = FileIdentity(status)
        if path == nil { node.file = file }
        try insert(NinePFid(node: node, user: fid.user, use: .opened(file, flags: kept)), as: number)
        return .opened(qid(of: status))
    }

    private func newFile(
        _ name: NinePName, in folder: SharedFile, flags: CInt, _ asked: UInt32, _ user: UInt32, _ group: UInt32,
        _ mode: UInt32
    ) throws(NinePError) -> SharedFile {
        do throws(NinePError) {
            let file = try folder.open(
                name.bytes, flags: flags | O_CREAT | O_EXCL, mode: MappedOwners.hostFileMode)
            try keeping(name, in: folder, isFolder: false) { () throws(NinePError) in
                try endow(file, user: user, group: group, mode: S_IFREG | mode & 0o7777)
            }
            return file
        } catch {
            guard error.code == EEXIST, asked & UInt32(O_EXCL) == 0 else { throw error }
        }
        // Somebody was faster: it is opened as it is.
        let (_, status) = try look(name.bytes, in: folder)
        guard status.mode & S_IFMT == S_IFREG else { throw NinePError(EEXIST) }
        let file = try folder.open(name.bytes, flags: flags)
        let found = try file.status()
        guard FileIdentity(found) == FileIdentity(status), found.mode & S_IFMT == S_IFREG else {
            throw NinePError(ESTALE)
        }
        if asked & UInt32(O_TRUNC) != 0, asked & UInt32(O_ACCMODE) != UInt32(O_RDONLY) { try file.changeSize(0) }
        return file
    }

    /// Reads into the guest's buffers and returns how many bytes there were.
    func read(_ number: UInt32, at offset: UInt64, into buffers: BufferList) throws(NinePError) -> Int {
        makeRoom()
        let fid = try self.fid(number)
        switch fid.use {
        case .attributeReading(let value):
            guard offset < UInt64(value.count) else { return 0 }
            return buffers.fill([UInt8](value[Int(offset)...]))
        case .opened:
            guard offset <= UInt64(Int64.max) else { throw NinePError(EINVAL) }
            return try NinePError.check(try openFile(fid).readVectors(buffers, at: offset))
        default: throw NinePError(EBADF)
        }
    }

    /// Writes the guest's buffers and returns how many bytes were taken.
    func write(_ number: UInt32, at offset: UInt64, from buffers: BufferList) throws(NinePError) -> Int {
        makeRoom()
        let fid = try self.fid(number)
        switch fid.use {
        case .attributeWriting(var writing):
            let count = buffers.byteCount
            guard offset == UInt64(writing.value.count), count <= writing.byteCount - writing.value.count else {
                throw NinePError(ENOSPC)
            }
            writing.value += buffers.prefix(count)
            fid.use = .attributeWriting(writing)
            return count
        case .opened:
            guard offset <= UInt64(Int64.max) else { throw NinePError(EFBIG) }
            try requireWritable()
            return try NinePError.check(try openFile(fid).writeVectors(buffers, at: offset))
        default: throw NinePError(EBADF)
        }
    }

    func synchronize(_ number: UInt32, dataOnly: Bool) throws(NinePError) -> NinePReply {
        let fid = try self.fid(number)
        guard case .opened = fid.use else { throw NinePError(EBADF) }
        try openFile(fid).synchronize(dataOnly: dataOnly)
        return .empty
    }

    /// The file of a fid that was opened, here or before the machine was restored.
    func openFile(_ fid: NinePFid) throws(NinePError) -> SharedFile {
        guard case .opened(let open, let flags) = fid.use else { throw NinePError(EBADF) }
        if let open { return open }
        let file = try reopen(fid.node, flags: CInt(bitPattern: flags))
        fid.use = .opened(file, flags: flags)
        return file
    }

    private func truncate(_ fid: NinePFid, _ file: SharedFile, _ flags: UInt32) throws(NinePError) {
        let canWrite = flags & UInt32(O_ACCMODE) != UInt32(O_RDONLY)
        try (canWrite ? file : reopen(fid.node, flags: O_WRONLY)).changeSize(0)
    }

    private static func changes(_ flags: UInt32) -> Bool {
        flags & UInt32(O_ACCMODE) != UInt32(O_RDONLY) || flags & UInt32(O_TRUNC) != 0
    }
}

extension SharedFile {
    /// Reads the file's bytes from `offset` on; the count, or a negative errno.
    fileprivate func readVectors(_ buffers: BufferList, at offset: UInt64) -> Int {
        buffers.read(from: number, at: offset)
    }

    fileprivate func writeVectors(_ buffers: BufferList, at offset: UInt64) -> Int {
        buffers.write(to: number, at: offset)
    }
}
