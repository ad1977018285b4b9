// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc
internal import Host

/// The file that a command makes or overwrites.
///
/// What was not there before is taken away again by `discard()`; what was there stays, with what has been written.
final class TargetFile {
    let path: String
    let file: ImageFile
    private let wasMade: Bool

    /// Opens the file for writing, makes it where it is not there, locks it, and empties it.
    init(_ path: String) throws(ToolProblem) {
        self.path = path
        let (descriptor, wasMade) = try Self.open(path)
        self.wasMade = wasMade
        do throws(ToolProblem) {
            file = try ImageFile(path: path, owning: descriptor, isReadOnly: false, isLocked: true)
            guard file.status.kind == .regular else { return }
            do { try file.node.resize(to: 0) } catch { throw ToolProblem(path, error) }
        } catch {
            if wasMade { _ = unsafe unlink(path) }
            throw error
        }
    }

    /// Takes the file away if this made it, and if its name still means it.
    func discard() {
        var named = stat()
        guard wasMade, unsafe lstat(path, &named) == 0, UInt64(named.st_dev) == file.status.device,
            UInt64(named.st_ino) == file.status.inode
        else { return }
        _ = unsafe unlink(path)
    }

    /// Has work done on the file, and takes it away again where that fails.
    func whileMaking<Result>(_ work: () throws(ToolProblem) -> Result) throws(ToolProblem) -> Result {
        do {
            return try work()
        } catch {
            discard()
            throw error
        }
    }

    private static func open(_ path: String) throws(ToolProblem) -> (Descriptor, wasMade: Bool) {
        let flags = O_RDWR | O_NONBLOCK | O_NOCTTY
        do throws(SystemCallError) {
            return (try Descriptor(path: path, flags: flags | O_CREAT | O_EXCL, mode: 0o644), true)
        } catch where error.code == EEXIST {
        } catch {
            throw ToolProblem(path, error)
        }
        do throws(SystemCallError) {
            return (try Descriptor(path: path, flags: flags | O_CREAT, mode: 0o644), false)
        } catch {
            throw ToolProblem(path, error)
        }
    }
}
