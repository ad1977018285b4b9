// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc

/// What files are beside their contents.
extension NinePServer {
    func attributes(_ number: UInt32) throws(NinePError) -> NinePReply {
        let status = try look(at: try fid(number))
        let attributes = NinePFileAttributes(
            mode: status.mode, user: status.user, group: status.group, links: UInt64(status.links),
            device: status.special_device, byteCount: status.byte_count, blockSize: transferSize(status.block_size),
            blockCount: status.block_count, access: NinePMoment(status.access),
            modification: NinePMoment(status.modification), change: NinePMoment(status.change),
            birth: status.has_birth == 0 ? nil : NinePMoment(status.birth))
        return .attributes(qid(of: status), attributes)
    }

    func change(_ number: UInt32, _ change: NinePAttributeChange) throws(NinePError) {
        try requireWritable()
        let fid = try self.fid(number)
        let valid = change.valid
        if valid.contains(.mode) { try changeMode(fid, change.mode & 0o7777) }
        if !valid.isDisjoint(with: [.access, .modification]) {
            try subject(fid).changeTimes(
                access: Self.time(change.access, valid, .access, .accessGiven),
                modification: Self.time(change.modification, valid, .modification, .modificationGiven))
        }
        if !valid.isDisjoint(with: [.user, .group]) {
            try changeOwner(
                fid, user: valid.contains(.user) ? change.user : UInt32.max,
                group: valid.contains(.group) ? change.group : UInt32.max)
        } else if valid == .change {
            // Nothing but the time of the change: an owner set to what it is.
            try subject(fid).changeOwner(user: UInt32.max, group: UInt32.max)
        }
        if valid.contains(.size) { try changeSize(fid, change.byteCount) }
    }

    func fileSystem(_ number: UInt32) throws(NinePError) -> NinePFileSystem {
        let status = try subject(try fid(number)).fileSystem()
        return NinePFileSystem(
            type: status.type, blockSize: status.block_size, blocks: status.blocks, freeBlocks: status.free_blocks,
            availableBlocks: status.available_blocks, files: status.files, freeFiles: status.free_files,
            identity: status.identity, nameLimit: status.name_limit)
    }

    func linkTarget(_ number: UInt32) throws(NinePError) -> [UInt8] {
        let fid = try self.fid(number)
        let place = try place(fid.node)
        if try place.status().mode & S_IFMT == S_IFLNK { return try place.linkTarget() }
        guard owners == .mapped else { throw NinePError(EINVAL) }
        let file = try readable(fid.node)
        let status = try look(at: file)
        guard status.mode & S_IFMT == S_IFLNK else { throw NinePError(EINVAL) }
        return try file.beginning(upTo: NinePRequest.maximumTargetByteCount)
    }

    private func changeMode(_ fid: NinePFid, _ rights: UInt32) throws(NinePError) {
        switch owners {
        case .mapped:
            let file = try contents(fid)
            try MappedOwners.setMode(file, try look(at: file).mode & S_IFMT | rights)
        case .passthrough: try subject(fid).changeMode(rights)
        case .squash: try subject(fid).changeMode(rights & 0o1777)
        }
    }

    private func changeOwner(_ fid: NinePFid, user: UInt32, group: UInt32) throws(NinePError) {
        switch owners {
        case .mapped: try MappedOwners.setOwner(try contents(fid), user: user, group: group)
        case .passthrough: try subject(fid).changeOwner(user: user, group: group)
        case .squash: break
        }
    }

    private func changeSize(_ fid: NinePFid, _ byteCount: UInt64) throws(NinePError) {
        guard try look(at: fid).mode & S_IFMT == S_IFREG else { throw NinePError(EINVAL) }
        if case .opened(let file?, let flags) = fid.use, flags & UInt32(O_ACCMODE) != UInt32(O_RDONLY) {
            return try file.changeSize(byteCount)
        }
        try reopen(fid.node, flags: O_WRONLY).changeSize(byteCount)
    }

    /// The largest number of whole blocks that a message carries: what programs read and write with.
    private func transferSize(_ blockSize: UInt32) -> UInt64 {
        let block = max(UInt64(blockSize), 1)
        let room = UInt64(messageByteCount) - UInt64(NinePRequest.writeHeaderByteCount + 1)
        return max(room / block * block, block)
    }

    private static func time(
        _ moment: NinePMoment, _ valid: NinePAttributeChange.Fields, _ wanted: NinePAttributeChange.Fields,
        _ given: NinePAttributeChange.Fields
    ) -> timespec {
        guard valid.contains(wanted) else { return timespec(tv_sec: 0, tv_nsec: Self.leaveTime) }
        guard valid.contains(given) else { return timespec(tv_sec: 0, tv_nsec: Self.takeNow) }
        return timespec(tv_sec: Int(moment.seconds), tv_nsec: min(Int(moment.nanoseconds), 999_999_999))
    }

    /// UTIME_OMIT and UTIME_NOW (utimensat(2)).
    private static let leaveTime = (1 << 30) - 2
    private static let takeNow = (1 << 30) - 1
}

extension NinePMoment {
    init(_ moment: cmachine_moment) {
        self.init(seconds: moment.seconds, nanoseconds: moment.nanoseconds)
    }
}

extension SharedFile {
    /// The first bytes, at most `capacity`.
    fileprivate func beginning(upTo capacity: Int) throws(NinePError) -> [UInt8] {
        var result = 0
        let number = number
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
            var vector = unsafe iovec(iov_base: buffer.baseAddress, iov_len: capacity)
            result = unsafe cmachine_read_vectors(number, &vector, 1, 0)
            filled = max(0, result)
        }
        try NinePError.check(result)
        return bytes
    }
}
