// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc

/// What a file is in the guest's eyes.
extension NinePServer {
    /// What a node is.
    func look(at node: NinePNode) throws(NinePError) -> cmachine_file {
        guard owners == .mapped else { return try place(node).status() }
        // What this process may not read shows what the host has.
        if let file = try? readable(node) { return try look(at: file) }
        return try place(node).status()
    }

    /// What a fid's file is.
    func look(at fid: NinePFid) throws(NinePError) -> cmachine_file {
        if let file = fid.file { return try look(at: file) }
        return try look(at: fid.node)
    }

    /// What an open file is.
    func look(at file: SharedFile) throws(NinePError) -> cmachine_file {
        var status = try file.status()
        if owners == .mapped, !file.isPlace { MappedOwners.show(in: &status, file) }
        return status
    }

    /// Opens an entry of a directory and says what it is.
    ///
    /// - Parameter component: A name, or a path below the share's own directory.
    func look(
        _ component: [UInt8], in folder: SharedFile
    ) throws(NinePError) -> (file: SharedFile, status: cmachine_file) {
        let place = try folder.open(component, flags: O_PATH)
        let status = try place.status()
        guard owners == .mapped, Self.hasContents(status) else { return (place, status) }
        let isFolder = status.mode & S_IFMT == S_IFDIR
        guard let file = try? folder.open(component, flags: O_RDONLY | (isFolder ? O_DIRECTORY : 0)),
            let found = try? look(at: file), FileIdentity(found) == FileIdentity(status)
        else { return (place, status) }
        return (file, found)
    }

    /// What tells a file from others; equal for two names of one file.
    func qid(of status: cmachine_file) -> NinePQid {
        NinePQid(
            type: NinePQid.type(ofMode: status.mode),
            version: UInt32(truncatingIfNeeded: status.modification.seconds)
                ^ UInt32(truncatingIfNeeded: status.byte_count << 8),
            path: number(inode: status.inode, device: status.device))
    }

    /// A number for a file that no other has, whatever is mounted below the directory.
    func number(inode: UInt64, device: UInt64) -> UInt64 {
        guard device != rootDevice else { return inode }
        if let index = devices[device] { return inode ^ index << 48 }
        let index = UInt64(min(devices.count + 1, 0xFFFF))
        if index < 0xFFFF { devices[device] = index }
        return inode ^ index << 48
    }

    /// Makes a file that was just made the user's and gives it its rights; what it is not yet, it becomes.
    ///
    /// - Parameters:
    ///   - mode: Kind and rights.
    ///   - device: The number of a device, where the kind is one.
    func endow(
        _ file: SharedFile, user: UInt32, group: UInt32, mode: UInt32, device: UInt64? = nil
    ) throws(NinePError) {
        switch owners {
        case .passthrough:
            try file.changeOwner(user: user, group: group)
            // After the owner, whose change takes these bits away; a node has its rights since it was made.
            if !file.isPlace { try file.changeMode(mode & 0o7777) }
        case .mapped:
            try MappedOwners.set(file, user: user, group: group, mode: mode, device: device)
        case .squash:
            // What another user of the host could run as the one who runs the machine is not made.
            if !file.isPlace { try file.changeMode(mode & 0o1777) }
        }
    }
}
