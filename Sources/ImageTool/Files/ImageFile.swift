// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc
internal import Host

/// A file of an image that was opened: its node, and what the file system says of it.
struct ImageFile {
    let path: String
    let node: FileNode
    let status: FileStatus

    /// Opens a file that is there and locks it.
    ///
    /// - Parameter sharesLocks: Whether others may be using it (`-U`); only for reading.
    init(opening path: String, isReadOnly: Bool, sharesLocks: Bool = false) throws(ToolProblem) {
        let descriptor: Descriptor
        do {
            // Not waiting: the path may name a pipe.
            descriptor = try Descriptor(path: path, flags: (isReadOnly ? O_RDONLY : O_RDWR) | O_NONBLOCK | O_NOCTTY)
        } catch {
            throw ToolProblem(path, error)
        }
        try self.init(path: path, owning: descriptor, isReadOnly: isReadOnly, isLocked: !(isReadOnly && sharesLocks))
    }

    /// Takes over an open file, and locks it where `isLocked`.
    init(path: String, owning descriptor: consuming Descriptor, isReadOnly: Bool, isLocked: Bool) throws(ToolProblem) {
        self.path = path
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
        do { node = try FileNode(owning: descriptor, isReadOnly: isReadOnly) } catch { throw ToolProblem(path, error) }
    }

    /// The file's first bytes.
    func beginning(count: Int) throws(ToolProblem) -> [UInt8] {
        var buffer = BlockBuffer(capacity: count)
        let available = Int(min(UInt64(count), node.byteCount))
        do { try buffer.fill(from: node, at: 0, count: available) } catch { throw ToolProblem(path, error) }
        return buffer.bytes
    }
}
