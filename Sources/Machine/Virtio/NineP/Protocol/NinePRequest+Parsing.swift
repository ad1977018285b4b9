// SPDX-License-Identifier: Apache-2.0
internal import CMachine

extension NinePRequest {
    /// The most bytes of a request beside what it carries to be written: 16 names, or a link's target.
    static let maximumByteCount = 16 << 10
    /// Bytes of Twrite in front of what is written.
    static let writeHeaderByteCount = 23
    /// The most names of one walk (9P2000, `MAXWELEM`).
    static let maximumSteps = 16
    /// The longest target of a symbolic link, in bytes (PATH_MAX without the closing NUL).
    static let maximumTargetByteCount = 4095

    /// Reads the fields behind size, type and tag.
    ///
    /// - Throws: `EOPNOTSUPP` for a type that 9P2000.L has not, `EPROTO` for a message that is cut off, and what its
    ///   names are refused with.
    init(type number: UInt8, fields reader: inout NinePReader) throws(NinePError) {
        guard let type = NinePMessageType(rawValue: number) else { throw NinePError(EOPNOTSUPP) }
        switch type {
        case .version: self = .version(messageSize: try reader.integer(), version: try reader.text())
        case .auth: self = .auth
        case .attach: self = try Self.attach(&reader)
        case .flush: self = .flush
        case .walk: self = try Self.walk(&reader)
        case .lopen: self = .lopen(fid: try reader.integer(), flags: try reader.integer())
        case .clunk: self = .clunk(fid: try reader.integer())
        case .remove: self = .remove(fid: try reader.integer())
        case .read: self = .read(fid: try reader.integer(), offset: try reader.integer(), count: try reader.integer())
        case .write: self = .write(fid: try reader.integer(), offset: try reader.integer(), count: try reader.integer())
        case .readdir:
            self = .readdir(fid: try reader.integer(), offset: try reader.integer(), count: try reader.integer())
        case .statfs: self = .statfs(fid: try reader.integer())
        case .fsync:
            let fid: UInt32 = try reader.integer()
            // Clients before Linux 3.1 say no more than the fid.
            let dataOnly: UInt32 = reader.isAtEnd ? 0 : try reader.integer()
            self = .fsync(fid: fid, dataOnly: dataOnly != 0)
        case .lcreate, .symlink, .mknod, .mkdir, .link, .rename, .renameat, .unlinkat:
            self = try Self.change(type, &reader)
        case .readlink, .getattr, .setattr, .xattrwalk, .xattrcreate, .lock, .getlock:
            self = try Self.attribute(type, &reader)
        }
    }

    private static func attach(_ reader: inout NinePReader) throws(NinePError) -> NinePRequest {
        let fid: UInt32 = try reader.integer()
        let authentication: UInt32 = try reader.integer()
        // The user's name and the tree's: the number says who, and there is one tree.
        _ = try reader.text()
        _ = try reader.text()
        return .attach(fid: fid, authentication: authentication, user: try reader.integer())
    }

    private static func walk(_ reader: inout NinePReader) throws(NinePError) -> NinePRequest {
        let fid: UInt32 = try reader.integer()
        let newFid: UInt32 = try reader.integer()
        let count = Int(try reader.integer(UInt16.self))
        guard count <= maximumSteps else { throw NinePError(EINVAL) }
        var steps: [NinePStep] = []
        for _ in 0..<count { steps.append(try NinePStep(try reader.text())) }
        return .walk(fid: fid, newFid: newFid, steps: steps)
    }

    /// Requests that change a directory.
    private static func change(
        _ type: NinePMessageType, _ reader: inout NinePReader
    ) throws(NinePError) -> NinePRequest {
        let fid: UInt32 = try reader.integer()
        switch type {
        case .link: return .link(folder: fid, fid: try reader.integer(), name: try name(&reader))
        case .rename: return .rename(fid: fid, folder: try reader.integer(), name: try name(&reader))
        default: break
        }
        let name = try name(&reader)
        switch type {
        case .lcreate:
            return .lcreate(
                fid: fid, name: name, flags: try reader.integer(), mode: try reader.integer(),
                group: try reader.integer())
        case .symlink:
            return .symlink(folder: fid, name: name, target: try target(&reader), group: try reader.integer())
        case .mknod:
            return .mknod(
                folder: fid, name: name, mode: try reader.integer(), major: try reader.integer(),
                minor: try reader.integer(), group: try reader.integer())
        case .mkdir: return .mkdir(folder: fid, name: name, mode: try reader.integer(), group: try reader.integer())
        case .renameat:
            return .renameat(
                folder: fid, name: name, newFolder: try reader.integer(), newName: try Self.name(&reader))
        default: return .unlinkat(folder: fid, name: name, flags: try reader.integer())
        }
    }

    /// Requests about what a file is beside its contents.
    private static func attribute(
        _ type: NinePMessageType, _ reader: inout NinePReader
    ) throws(NinePError) -> NinePRequest {
        let fid: UInt32 = try reader.integer()
        switch type {
        case .readlink: return .readlink(fid: fid)
        case .getattr:
            _ = try reader.integer(UInt64.self)
            return .getattr(fid: fid)
        case .setattr: return .setattr(fid: fid, try attributeChange(&reader))
        case .xattrwalk:
            return .xattrwalk(fid: fid, newFid: try reader.integer(), name: try attributeName(&reader))
        case .xattrcreate:
            let name = try attributeName(&reader)
            guard !name.isEmpty else { throw NinePError(EINVAL) }
            return .xattrcreate(fid: fid, name: name, byteCount: try reader.integer(), flags: try reader.integer())
        case .lock: return .lock(fid: fid)
        default:
            return .getlock(
                fid: fid,
                NinePLock(
                    type: try reader.integer(), start: try reader.integer(), byteCount: try reader.integer(),
                    process: try reader.integer(), client: try reader.text()))
        }
    }

    private static func attributeChange(_ reader: inout NinePReader) throws(NinePError) -> NinePAttributeChange {
        NinePAttributeChange(
            valid: .init(rawValue: try reader.integer()), mode: try reader.integer(), user: try reader.integer(),
            group: try reader.integer(), byteCount: try reader.integer(), access: try moment(&reader),
            modification: try moment(&reader))
    }

    private static func moment(_ reader: inout NinePReader) throws(NinePError) -> NinePMoment {
        let seconds = Int64(bitPattern: try reader.integer(UInt64.self))
        return NinePMoment(
            seconds: seconds, nanoseconds: UInt32(truncatingIfNeeded: try reader.integer(UInt64.self)))
    }

    private static func name(_ reader: inout NinePReader) throws(NinePError) -> NinePName {
        try NinePName(try reader.text())
    }

    private static func target(_ reader: inout NinePReader) throws(NinePError) -> [UInt8] {
        let target = try reader.text()
        guard target.count <= maximumTargetByteCount else { throw NinePError(ENAMETOOLONG) }
        guard !target.isEmpty, !target.contains(0) else { throw NinePError(EINVAL) }
        return target
    }

    /// The name of an extended attribute; an empty one stands for the list of all.
    private static func attributeName(_ reader: inout NinePReader) throws(NinePError) -> [UInt8] {
        let name = try reader.text()
        guard name.count <= NinePName.maximumByteCount else { throw NinePError(ERANGE) }
        guard !name.contains(0) else { throw NinePError(EINVAL) }
        return name
    }
}
