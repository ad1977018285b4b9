// SPDX-License-Identifier: Apache-2.0
internal import Machine

extension NinePClient {
    /// What Rgetattr says first.
    package struct Attributes: Equatable {
        package var qidType: UInt64
        package var inode: UInt64
        package var mode: UInt64
        package var user: UInt64
        package var group: UInt64
        package var links: UInt64
        package var device: UInt64
        package var byteCount: UInt64
    }

    /// Which fields of a change count: `P9_SETATTR_*`.
    package enum Change: UInt32 {
        case mode = 1
        case owners = 6
        case size = 8
        case now = 0x30
    }

    package func attributes(_ fid: UInt32) throws -> Attributes {
        var reply = try call(24) { message in
            message.append(fid)
            message.append(UInt64(0x7FF))
        }
        _ = try reply.integer(8)
        let qidType = try reply.integer(1)
        _ = try reply.integer(4)
        return Attributes(
            qidType: qidType, inode: try reply.integer(8), mode: try reply.integer(4), user: try reply.integer(4),
            group: try reply.integer(4), links: try reply.integer(8), device: try reply.integer(8),
            byteCount: try reply.integer(8))
    }

    package func change(
        _ fid: UInt32, _ change: Change, mode: UInt32 = 0, user: UInt32 = 0, group: UInt32 = 0, size: UInt64 = 0
    ) throws {
        try call(26) { message in
            for number in [fid, change.rawValue, mode, user, group] { message.append(number) }
            message.append(size)
            for _ in 0..<4 { message.append(UInt64(0)) }
        }
    }

    package func linkTarget(_ fid: UInt32) throws -> String {
        var reply = try call(22) { $0.append(fid) }
        return String(decoding: try reply.text(), as: UTF8.self)
    }

    /// The value of an extended attribute, or the list of names for an empty one; `newFid` is used meanwhile.
    package func attribute(_ fid: UInt32, _ name: String, by newFid: UInt32) throws -> [UInt8] {
        var reply = try call(30) { message in
            message.append(fid)
            message.append(newFid)
            message.append(text: Array(name.utf8))
        }
        let count = try reply.integer(8)
        defer { try? clunk(newFid) }
        return try read(newFid, count: UInt32(truncatingIfNeeded: count))
    }

    /// Sets an extended attribute; `newFid` is used meanwhile.
    package func setAttribute(
        _ fid: UInt32, _ name: String, to value: [UInt8], flags: UInt32 = 0, by newFid: UInt32
    ) throws {
        try walk(fid, to: newFid)
        do {
            try startAttribute(newFid, name, byteCount: UInt64(value.count), flags: flags)
        } catch {
            try clunk(newFid)
            throw error
        }
        if !value.isEmpty { try write(newFid, value) }
        try clunk(newFid)
    }

    package func startAttribute(_ fid: UInt32, _ name: String, byteCount: UInt64, flags: UInt32) throws {
        try call(32) { message in
            message.append(fid)
            message.append(text: Array(name.utf8))
            message.append(byteCount)
            message.append(flags)
        }
    }
}
