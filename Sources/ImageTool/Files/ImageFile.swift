// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc
internal import Host

/// A file of an image that was opened: its node, and what the file system says of it.
struct ImageFile {
    let path: String
    let node: FileNode
    let status: FileStatus
    let cache: CacheMode

    /// Opens a file that is there and locks it.
    ///
    /// - Parameter reference: Its path, and whether others may be using it (`-U`); the latter only for reading.
    init(opening reference: ImageReference, isReadOnly: Bool) throws(ToolProblem) {
        let path = reference.path
        let descriptor = try Self.open(path, flags: isReadOnly ? O_RDONLY : O_RDWR, reference.cache)
        try self.init(
            path: path, owning: descriptor, isReadOnly: isReadOnly,
            isLocked: !(isReadOnly && reference.sharesLocks), cache: reference.cache)
    }

    /// Opens a path in the way of a cache mode.
    static func open(_ path: String, flags: CInt, _ cache: CacheMode) throws(ToolProblem) -> Descriptor {
        do {
            // Not waiting: the path may name a pipe.
            return try Descriptor(path: path, flags: flags | O_NONBLOCK | O_NOCTTY | cache.openFlags)
        } catch {
            guard cache.isDirect, error.code == EINVAL else { throw ToolProblem(path, error) }
            throw ToolProblem(
                path, found: "its file system cannot be read or written past the page cache (O_DIRECT)",
                remedy: "take another cache mode, such as writeback")
        }
    }

    /// Takes over an open file, and locks it where `isLocked`.
    init(
        path: String, owning descriptor: consuming Descriptor, isReadOnly: Bool, isLocked: Bool,
        cache: CacheMode = .writeback
    ) throws(ToolProblem) {
        self.path = path
        self.cache = cache
        do { status = try descriptor.status() } catch { throw ToolProblem(path, error) }
        switch status.kind {
        case .regular, .blockDevice: break
        case .directory: throw ToolProblem(path, found: "it is a folder", remedy: "name an image in it")
        default: throw ToolProblem(path, found: "it is neither a regular file nor a block device")
        }
        if isLocked {
            do throws(ImageLock.Failure) {
                try ImageLock.take(descriptor, isReadOnly: isReadOnly)
            } catch {
                throw ToolProblem(path, error, isReadOnly: isReadOnly)
            }
        }
        do {
            node = try FileNode(owning: descriptor, isReadOnly: isReadOnly, isDirect: cache.isDirect)
        } catch {
            throw ToolProblem(path, error)
        }
    }

    /// The file's first bytes.
    func beginning(count: Int) throws(ToolProblem) -> [UInt8] {
        var buffer = BlockBuffer(capacity: count)
        let available = Int(min(UInt64(count), node.byteCount))
        do { try buffer.fill(from: node, at: 0, count: available) } catch { throw ToolProblem(path, error) }
        return buffer.bytes
    }
}
