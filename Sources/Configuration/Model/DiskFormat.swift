// SPDX-License-Identifier: Apache-2.0

/// How a disk image is laid out. It is always said and never guessed: a guest can write the signature of another
/// format into a raw disk, and a guess would then follow the guest's word to any file of the host.
package enum DiskFormat: String, CaseIterable, Equatable, Sendable {
    /// The guest's sectors as they are, in a file or on a block device.
    case raw
    /// QEMU's format, version 2 or 3.
    case qcow2
}
