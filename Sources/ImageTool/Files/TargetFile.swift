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
    /// What was made beside it, and goes with it.
    private var companions: [TargetFile] = []

    /// Opens the file for writing, makes it where it is not there, locks it, and empties it.
    init(_ path: String, cache: CacheMode = .writeback) throws(ToolProblem) {
        self.path = path
        guard !NBDAddress.isAddress(path) else {
            throw ToolProblem(
                path, found: "a server's export is there already, and is not made", remedy: "write into it with -n")
        }
        var wasMade = false
        let descriptor = try Self.open(path, cache, &wasMade)
        self.wasMade = wasMade
        do throws(ToolProblem) {
            file = try ImageFile(path: path, owning: descriptor, isReadOnly: false, isLocked: true, cache: cache)
            guard file.status.kind == .regular else { return }
            do { try file.node.resize(to: 0) } catch { throw ToolProblem(path, error) }
        } catch {
            if wasMade { _ = unsafe unlink(path) }
            throw error
        }
    }

    /// Makes another file that belongs to it, such as its data file.
    func companion(_ path: String) throws(ToolProblem) -> TargetFile {
        let companion = try TargetFile(path, cache: file.cache)
        companions.append(companion)
        return companion
    }

    /// Takes the file away if this made it, and if its name still means it.
    func discard() {
        for companion in companions { companion.discard() }
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

    private static func open(
        _ path: String, _ cache: CacheMode, _ wasMade: inout Bool
    ) throws(ToolProblem) -> Descriptor {
        do throws(SystemCallError) {
            let flags = O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK | O_NOCTTY
            let descriptor = try Descriptor(path: path, flags: flags, mode: 0o644)
            wasMade = true
            if cache.openFlags == 0 { return descriptor }
        } catch {
            guard error.code == EEXIST else { throw ToolProblem(path, error) }
        }
        // A file system without direct access makes the file before it refuses to open it: so it is made before.
        do throws(ToolProblem) {
            return try ImageFile.open(path, flags: O_RDWR, cache)
        } catch {
            if wasMade { _ = unsafe unlink(path) }
            throw error
        }
    }
}
