// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// What the launcher asks of the file system.
enum Files {
    /// Makes reads and writes wait again: a file whose description says otherwise makes io_uring give up early.
    static func setBlocking(_ descriptor: borrowing Descriptor) {
        let flags = fcntl(descriptor.borrowed, F_GETFL)
        _ = fcntl(descriptor.borrowed, F_SETFL, flags & ~O_NONBLOCK)
    }

    /// The folder that holds `path`.
    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Why nothing can be made in the folder of `path`; `nil` where it can.
    static func obstacle(toCreating path: String) -> String? {
        let folder = folder(of: path)
        return unsafe access(folder, W_OK | X_OK) == 0
            ? nil : "nothing can be made in \(folder): \(SystemCallError(call: "access", code: errno).reason)"
    }

    /// The first line of a file of the kernel's, as a number.
    static func number(in path: String) -> UInt64? {
        guard let descriptor = try? Descriptor(path: path, flags: O_RDONLY),
            let bytes = try? descriptor.read(upTo: 64)
        else { return nil }
        return UInt64(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
    }

    /// The beginning of a file of the kernel's, at most 4 KiB.
    static func text(of path: String) -> String? {
        guard let descriptor = try? Descriptor(path: path, flags: O_RDONLY),
            let bytes = try? descriptor.read(upTo: 4096)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Device and inode of what `path` names, without following a link; `nil` where it names nothing.
    static func identity(of path: String) -> FileIdentity? {
        var result = stat()
        guard unsafe lstat(path, &result) == 0 else { return nil }
        return FileIdentity(result)
    }

    /// What an open file is: for a block device the disk itself, whatever node was opened.
    static func identity(of descriptor: borrowing Descriptor) -> FileIdentity? {
        var result = stat()
        guard unsafe fstat(descriptor.borrowed, &result) == 0 else { return nil }
        return FileIdentity(result)
    }
}
