// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc
internal import Host

/// A clone's file, which gets its name when it is complete: until then it has none, or, where the file system knows no
/// such files, a hidden one that goes with its owner.
final class CloneFile {
    let path: String
    private let descriptor: Descriptor
    private let status: FileStatus
    private var hiddenPath: String?

    /// A clone that has its name.
    struct Name {
        fileprivate let path: String
        fileprivate let status: FileStatus

        /// Takes the name away again, if it still means that file.
        func takeBack() {
            var named = stat()
            guard unsafe lstat(path, &named) == 0, UInt64(named.st_dev) == status.device,
                UInt64(named.st_ino) == status.inode
            else { return }
            _ = unsafe unlink(path)
        }
    }

    /// - Parameter number: Tells this process's hidden files apart.
    init(_ path: String, number: Int) throws(ToolProblem) {
        self.path = path
        let folder = Self.folder(of: path)
        var hidden: String?
        do throws(SystemCallError) {
            descriptor = try Self.open(in: folder, number, &hidden)
            status = try descriptor.status()
        } catch {
            throw ToolProblem(path, error)
        }
        hiddenPath = hidden
    }

    deinit { if let hiddenPath { _ = unsafe unlink(hiddenPath) } }

    /// The file's bytes. Not to be used after the clone has its name.
    func node() throws(ToolProblem) -> FileNode {
        let copy: Descriptor
        do { copy = try descriptor.duplicate() } catch { throw ToolProblem(path, error) }
        do { return try FileNode(owning: copy, isReadOnly: false) } catch { throw ToolProblem(path, error) }
    }

    /// Makes everything on its file system durable.
    func syncFileSystem() throws(ToolProblem) {
        do { try descriptor.syncFileSystem() } catch { throw ToolProblem(path, error) }
    }

    var device: UInt64 { status.device }

    /// Gives the clone its name, which nothing may have.
    func name() throws(ToolProblem) -> Name {
        do throws(SystemCallError) {
            if let hidden = hiddenPath {
                try Descriptor.rename(hidden, toFree: path)
                hiddenPath = nil
            } else {
                try descriptor.name(path)
            }
            return Name(path: path, status: status)
        } catch {
            throw Self.problem(path, error)
        }
    }

    /// The folder that a path's file lies in, as a path.
    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func problem(_ path: String, _ error: SystemCallError) -> ToolProblem {
        guard error.code == EEXIST else { return ToolProblem(path, error) }
        return ToolProblem(
            path, found: "there is a file of that name already", remedy: "take another name; nothing is overwritten")
    }

    private static func open(
        in folder: String, _ number: Int, _ hidden: inout String?
    ) throws(SystemCallError) -> Descriptor {
        do throws(SystemCallError) {
            return try Descriptor(unnamedIn: folder, mode: 0o644)
        } catch {
            // NFS and others; kernels that do not know the flag take it for that of a folder.
            guard error.code == EOPNOTSUPP || error.code == EISDIR else { throw error }
        }
        let path = "\(folder)/.apus-clone.\(getpid()).\(number)"
        let descriptor = try Descriptor(path: path, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o644)
        hidden = path
        return descriptor
    }
}
