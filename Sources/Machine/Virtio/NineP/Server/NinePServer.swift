// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
package import Configuration
package import Host

/// A file server for one directory, speaking 9P2000.L.
///
/// All that it opens it opens below the directory's descriptor (`SharedFile.open`). Belongs to the device's thread.
package final class NinePServer {
    /// The largest message that is agreed on, in bytes.
    static let maximumMessageByteCount: UInt32 = 1 << 20
    /// The smallest one: below it not every reply would have room.
    static let minimumMessageByteCount: UInt32 = 4096
    /// The most fids that a client may have.
    static let maximumFids = 1 << 18
    /// The most fids that read or write extended attributes: each holds up to 64 KiB.
    static let maximumAttributeFids = 16
    /// "No fid", where a client names one for authentication.
    static let noFid = UInt32.max
    /// Who nobody is: a client may not own what it makes as the number that changes nothing.
    static let nobody: UInt32 = 65534

    let owners: ShareOwners
    let isReadOnly: Bool
    let root: SharedFile
    let descriptors: DescriptorCount
    let rootNode: NinePNode
    let rootDevice: UInt64
    var nodes = NinePNodes()
    var fids: [UInt32: NinePFid] = [:]
    /// Agreed on with the client; 0 before.
    var messageByteCount: UInt32 = 0
    /// The file systems mounted below the directory, in the order in which they were met.
    var devices: [UInt64: UInt64] = [:]
    /// The fids that read or write extended attributes.
    var attributeFids: Set<UInt32> = []
    /// The buffers behind a reply's header. Emptied after each request.
    let body = BufferList(capacity: Int(NinePServer.queueSize))

    /// - Parameters:
    ///   - directory: O_PATH or open for reading.
    ///   - descriptorLimit: How many descriptors the server may hold, at least `minimumDescriptors`.
    package init(
        directory: consuming Descriptor, owners: ShareOwners, isReadOnly: Bool, descriptorLimit: Int
    ) throws(NinePError) {
        self.owners = owners
        self.isReadOnly = isReadOnly
        descriptors = DescriptorCount(limit: max(descriptorLimit, Self.minimumDescriptors))
        root = SharedFile(owning: directory, isPlace: true, count: descriptors)
        let status = try root.status()
        guard status.mode & S_IFMT == S_IFDIR else { throw NinePError(ENOTDIR) }
        rootDevice = status.device
        rootNode = try nodes.insert(path: [])
        rootNode.file = root
        rootNode.identity = FileIdentity(status)
        nodes.retain(rootNode)
    }

    /// Forgets the client.
    func reset() {
        fids = [:]
        attributeFids = []
        nodes.removeAll()
        messageByteCount = 0
    }

    /// Does what a request asks for. Reading and writing of bytes have ways of their own.
    func answer(_ request: NinePRequest) throws(NinePError) -> NinePReply {
        if case .version(let byteCount, let version) = request { return try agree(byteCount, version) }
        guard messageByteCount > 0 else { throw NinePError(EPROTO) }
        makeRoom()
        switch request {
        case .auth: throw NinePError(EOPNOTSUPP)
        // A request is done before the next one is looked at.
        case .flush, .version: return .empty
        case .attach(let fid, let authentication, let user):
            return try attach(fid, authentication: authentication, user: user)
        case .walk(let fid, let newFid, let steps): return try walk(fid, newFid, steps)
        case .clunk(let fid): return try clunk(fid)
        case .remove(let fid): return try remove(fid)
        case .lopen, .lcreate, .readdir, .fsync, .lock, .getlock, .read, .write:
            return try answerAboutContents(request)
        case .symlink, .mknod, .mkdir, .link, .rename, .renameat, .unlinkat: return try answerAboutNames(request)
        case .readlink, .getattr, .setattr, .xattrwalk, .xattrcreate, .statfs:
            return try answerAboutAttributes(request)
        }
    }

    private func answerAboutContents(_ request: NinePRequest) throws(NinePError) -> NinePReply {
        switch request {
        case .lopen(let fid, let flags): return try open(fid, flags)
        case .lcreate(let fid, let name, let flags, let mode, let group):
            return try create(fid, name, flags: flags, mode: mode, group: group)
        case .readdir(let fid, let offset, let count): return .entries(try entries(fid, from: offset, upTo: count))
        case .fsync(let fid, let dataOnly): return try synchronize(fid, dataOnly: dataOnly)
        // A lock holds among the programs of one guest, whose kernel sees to it.
        case .lock(let fid):
            _ = try self.fid(fid)
            return .locked
        case .getlock(let fid, var lock):
            _ = try self.fid(fid)
            lock.type = NinePLock.unlocked
            return .lock(lock)
        default: throw NinePError(EOPNOTSUPP)
        }
    }

    private func answerAboutNames(_ request: NinePRequest) throws(NinePError) -> NinePReply {
        switch request {
        case .symlink(let folder, let name, let target, let group):
            return .qid(try makeSymbolicLink(folder, name, to: target, group: group))
        case .mknod(let folder, let name, let mode, let major, let minor, let group):
            return .qid(try makeNode(folder, name, mode: mode, major: major, minor: minor, group: group))
        case .mkdir(let folder, let name, let mode, let group):
            return .qid(try makeFolder(folder, name, mode: mode, group: group))
        case .link(let folder, let fid, let name): try link(folder, fid, name)
        case .rename(let fid, let folder, let name): try rename(fid, to: folder, name)
        case .renameat(let folder, let name, let newFolder, let newName):
            try rename(folder, name, to: newFolder, newName)
        case .unlinkat(let folder, let name, let flags): try unlink(folder, name, flags)
        default: throw NinePError(EOPNOTSUPP)
        }
        return .empty
    }

    private func answerAboutAttributes(_ request: NinePRequest) throws(NinePError) -> NinePReply {
        switch request {
        case .readlink(let fid): return .target(try linkTarget(fid))
        case .getattr(let fid): return try attributes(fid)
        case .setattr(let fid, let change):
            try self.change(fid, change)
            return .empty
        case .xattrwalk(let fid, let newFid, let name): return .byteCount(try readAttribute(fid, newFid, name))
        case .xattrcreate(let fid, let name, let byteCount, let flags):
            try writeAttribute(fid, name, byteCount: byteCount, flags: flags)
            return .empty
        case .statfs(let fid): return .fileSystem(try fileSystem(fid))
        default: throw NinePError(EOPNOTSUPP)
        }
    }

    private func agree(_ byteCount: UInt32, _ version: [UInt8]) throws(NinePError) -> NinePReply {
        reset()
        guard version == Array("9P2000.L".utf8) else {
            return .version(messageSize: byteCount, version: Array("unknown".utf8))
        }
        guard byteCount >= Self.minimumMessageByteCount else { throw NinePError(EMSGSIZE) }
        messageByteCount = min(byteCount, Self.maximumMessageByteCount)
        return .version(messageSize: messageByteCount, version: version)
    }

    private func attach(_ number: UInt32, authentication: UInt32, user: UInt32) throws(NinePError) -> NinePReply {
        guard authentication == Self.noFid else { throw NinePError(EOPNOTSUPP) }
        guard number != Self.noFid, fids[number] == nil else { throw NinePError(EINVAL) }
        let qid = qid(of: try look(at: rootNode))
        try insert(NinePFid(node: rootNode, user: user == UInt32.max ? Self.nobody : user), as: number)
        return .qid(qid)
    }

    private func clunk(_ number: UInt32) throws(NinePError) -> NinePReply {
        let fid = try self.fid(number)
        defer { drop(number) }
        if case .attributeWriting(let writing) = fid.use { try finish(writing, of: fid) }
        return .empty
    }

    // MARK: fids

    func fid(_ number: UInt32) throws(NinePError) -> NinePFid {
        guard let fid = fids[number] else { throw NinePError(EBADF) }
        return fid
    }

    /// A fid that is not open and carries no extended attribute.
    func plainFid(_ number: UInt32) throws(NinePError) -> NinePFid {
        let fid = try self.fid(number)
        guard case .none = fid.use else { throw NinePError(EINVAL) }
        return fid
    }

    func insert(_ fid: NinePFid, as number: UInt32) throws(NinePError) {
        guard fids.count < Self.maximumFids || fids[number] != nil else { throw NinePError(ENFILE) }
        // Before the one that it replaces is dropped: they may have a node in common.
        nodes.retain(fid.node)
        drop(number)
        fids[number] = fid
    }

    func drop(_ number: UInt32) {
        guard let fid = fids.removeValue(forKey: number) else { return }
        attributeFids.remove(number)
        nodes.release(fid.node)
    }

    func requireWritable() throws(NinePError) {
        if isReadOnly { throw NinePError(EROFS) }
    }
}
