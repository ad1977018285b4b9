// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// What two names of one file have in common while it exists.
struct FileIdentity: Hashable {
    let device: UInt64
    let inode: UInt64

    init(_ status: cmachine_file) {
        device = status.device
        inode = status.inode
    }
}
