// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// What fstat(2) says of an open file.
package struct FileStatus: Equatable, Sendable {
    /// The kinds of file that Apus tells apart.
    package enum Kind: Sendable { case regular, directory, blockDevice, characterDevice, socket, pipe, other }

    package let kind: Kind
    /// Bytes of a regular file; 0 for a device.
    package let byteCount: UInt64
    /// Bytes of storage that the file takes.
    package let allocatedByteCount: UInt64
    /// Device and inode number: equal for two names of one file.
    package let device: UInt64
    package let inode: UInt64
}

extension Descriptor {
    /// The open file's attributes.
    package borrowing func status() throws(SystemCallError) -> FileStatus {
        var result = stat()
        guard unsafe fstat(borrowed, &result) == 0 else { throw SystemCallError(call: "fstat", code: errno) }
        let kind: FileStatus.Kind
        switch result.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        case S_IFBLK: kind = .blockDevice
        case S_IFCHR: kind = .characterDevice
        case S_IFSOCK: kind = .socket
        case S_IFIFO: kind = .pipe
        default: kind = .other
        }
        return FileStatus(
            kind: kind, byteCount: UInt64(max(0, result.st_size)),
            allocatedByteCount: UInt64(max(0, result.st_blocks)) * 512, device: UInt64(result.st_dev),
            inode: UInt64(result.st_ino))
    }
}
