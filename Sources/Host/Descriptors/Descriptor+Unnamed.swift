// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// Files that get their name when they are complete.
extension Descriptor {
    /// Makes a file without a name in a folder, for reading and writing (`O_TMPFILE`). It goes with its last descriptor
    /// unless it is named before. `EOPNOTSUPP` is thrown where the file system has no such files.
    package init(unnamedIn folder: String, mode: UInt32) throws(SystemCallError) {
        try self.init(path: folder, flags: CMACHINE_O_TMPFILE | O_RDWR, mode: mode)
    }

    /// Gives a file without a name one that nothing has yet; `EEXIST` is thrown where something has it.
    package borrowing func name(_ path: String) throws(SystemCallError) {
        let result = unsafe cmachine_name_file(borrowed, path)
        guard result >= 0 else { throw SystemCallError(call: "linkat(\(path))", code: CInt(-result)) }
    }

    /// Gives a file another name that nothing has; `EEXIST` is thrown where something has it.
    package static func rename(_ path: String, toFree name: String) throws(SystemCallError) {
        if unsafe renameat2(AT_FDCWD, path, AT_FDCWD, name, CUnsignedInt(RENAME_NOREPLACE)) == 0 { return }
        // NFS does not know the flag; it has links.
        guard errno == EINVAL else { throw SystemCallError(call: "renameat2(\(name))", code: errno) }
        guard unsafe Glibc.link(path, name) == 0 else { throw SystemCallError(call: "link(\(name))", code: errno) }
        _ = unsafe unlink(path)
    }

    /// Makes everything durable that was written to the file's file system (syncfs(2)).
    package borrowing func syncFileSystem() throws(SystemCallError) {
        try SystemCallError.check(cmachine_sync_file_system(borrowed), "syncfs")
    }
}
