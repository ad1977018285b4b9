// SPDX-License-Identifier: Apache-2.0

/// What a client asks for, with every field read and every name checked. Fids are the client's numbers.
enum NinePRequest: Equatable, Sendable {
    case version(messageSize: UInt32, version: [UInt8])
    case auth
    case attach(fid: UInt32, authentication: UInt32, user: UInt32)
    case flush
    case walk(fid: UInt32, newFid: UInt32, steps: [NinePStep])
    case lopen(fid: UInt32, flags: UInt32)
    case lcreate(fid: UInt32, name: NinePName, flags: UInt32, mode: UInt32, group: UInt32)
    case symlink(folder: UInt32, name: NinePName, target: [UInt8], group: UInt32)
    case mknod(folder: UInt32, name: NinePName, mode: UInt32, major: UInt32, minor: UInt32, group: UInt32)
    case mkdir(folder: UInt32, name: NinePName, mode: UInt32, group: UInt32)
    case link(folder: UInt32, fid: UInt32, name: NinePName)
    case rename(fid: UInt32, folder: UInt32, name: NinePName)
    case renameat(folder: UInt32, name: NinePName, newFolder: UInt32, newName: NinePName)
    case unlinkat(folder: UInt32, name: NinePName, flags: UInt32)
    case readlink(fid: UInt32)
    case getattr(fid: UInt32)
    case setattr(fid: UInt32, NinePAttributeChange)
    case xattrwalk(fid: UInt32, newFid: UInt32, name: [UInt8])
    case xattrcreate(fid: UInt32, name: [UInt8], byteCount: UInt64, flags: UInt32)
    case read(fid: UInt32, offset: UInt64, count: UInt32)
    case write(fid: UInt32, offset: UInt64, count: UInt32)
    case readdir(fid: UInt32, offset: UInt64, count: UInt32)
    case statfs(fid: UInt32)
    case fsync(fid: UInt32, dataOnly: Bool)
    case lock(fid: UInt32)
    case getlock(fid: UInt32, NinePLock)
    case clunk(fid: UInt32)
    case remove(fid: UInt32)
}
