// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// What two names of one file have in common.
struct FileIdentity: Equatable {
    private let device: UInt64
    private let inode: UInt64
    /// Whether it is a socket.
    let isSocket: Bool

    init(_ status: stat) {
        isSocket = status.st_mode & S_IFMT == S_IFSOCK
        if status.st_mode & S_IFMT == S_IFBLK {
            device = UInt64(status.st_rdev)
            inode = 0
        } else {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }
    }
}
