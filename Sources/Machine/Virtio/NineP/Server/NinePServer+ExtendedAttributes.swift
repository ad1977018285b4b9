// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration

/// Extended attributes (xattr(7)): read through a fid of their own, written when the fid is given up.
extension NinePServer {
    private static let user = Array("user.".utf8)
    private static let lists = Array("system.posix_acl_".utf8)
    /// Where the access lists of a guest are kept when owners are mapped, as QEMU does.
    private static let mappedLists = MappedOwners.prefix + lists

    /// Makes `newNumber` a fid that reads the attribute, or the list of names, and returns how many bytes it is.
    func readAttribute(_ number: UInt32, _ newNumber: UInt32, _ name: [UInt8]) throws(NinePError) -> UInt64 {
        let fid = try self.fid(number)
        guard newNumber != Self.noFid, fids[newNumber] == nil else { throw NinePError(EINVAL) }
        try requireAttributeRoom()
        let value: [UInt8]
        if name.isEmpty {
            // What cannot be opened has none that could be shown.
            let names = try? contents(fid).attributeNames()
            value = names.map(shownNames) ?? []
        } else {
            let hostName = try hostName(of: name)
            value = try attributeFile(fid, missing: ENODATA).attribute(hostName)
        }
        try insert(NinePFid(node: fid.node, user: fid.user, use: .attributeReading(value)), as: newNumber)
        attributeFids.insert(newNumber)
        return UInt64(value.count)
    }

    /// Makes the fid one that takes the value of an attribute.
    func writeAttribute(
        _ number: UInt32, _ name: [UInt8], byteCount: UInt64, flags: UInt32
    ) throws(NinePError) {
        try requireWritable()
        let fid = try plainFid(number)
        guard byteCount <= UInt64(SharedFile.maximumAttributeByteCount) else { throw NinePError(E2BIG) }
        guard flags & ~UInt32(XATTR_CREATE | XATTR_REPLACE) == 0 else { throw NinePError(EINVAL) }
        _ = try hostName(of: name)
        try requireAttributeRoom()
        fid.use = .attributeWriting(
            NinePAttributeWriting(name: name, byteCount: Int(byteCount), flags: flags, value: []))
        attributeFids.insert(number)
    }

    /// Sets the attribute that was written; an empty one that is to replace another takes that away.
    func finish(_ writing: NinePAttributeWriting, of fid: NinePFid) throws(NinePError) {
        guard writing.value.count == writing.byteCount else { throw NinePError(EINVAL) }
        let name = try hostName(of: writing.name)
        let file = try attributeFile(fid, missing: EOPNOTSUPP)
        if writing.value.isEmpty, writing.flags == UInt32(XATTR_REPLACE) {
            try file.removeAttribute(name)
        } else {
            try file.setAttribute(name, to: writing.value, flags: CInt(writing.flags))
        }
    }

    private func attributeFile(_ fid: NinePFid, missing code: CInt) throws(NinePError) -> SharedFile {
        if let file = fid.file { return file }
        guard Self.hasContents(try place(fid.node).status()) else { throw NinePError(code) }
        return try readable(fid.node)
    }

    private func requireAttributeRoom() throws(NinePError) {
        guard attributeFids.count < Self.maximumAttributeFids else { throw NinePError(ENFILE) }
    }

    /// The name under which the host keeps the attribute.
    private func hostName(of name: [UInt8]) throws(NinePError) -> [UInt8] {
        switch owners {
        case .passthrough: return name
        case .squash:
            guard name.starts(with: Self.user) else { throw NinePError(EOPNOTSUPP) }
            return name
        case .mapped:
            if name.starts(with: Self.lists) { return MappedOwners.prefix + name }
            guard name.starts(with: Self.user) else { throw NinePError(EOPNOTSUPP) }
            guard !name.starts(with: MappedOwners.prefix) else { throw NinePError(EACCES) }
            return name
        }
    }

    /// Of the host's names those that the guest may read, as it calls them.
    private func shownNames(_ list: [UInt8]) -> [UInt8] {
        guard owners != .passthrough else { return list }
        var shown: [UInt8] = []
        for name in list.split(separator: 0) {
            if owners == .mapped, name.starts(with: Self.mappedLists) {
                shown += name.dropFirst(MappedOwners.prefix.count) + [0]
            } else if name.starts(with: Self.user), owners == .squash || !name.starts(with: MappedOwners.prefix) {
                shown += name + [0]
            }
        }
        return shown
    }
}
