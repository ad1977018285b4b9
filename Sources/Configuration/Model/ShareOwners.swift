// SPDX-License-Identifier: Apache-2.0

/// What becomes of owners, rights and kinds of files that a guest makes in a shared directory.
package enum ShareOwners: String, CaseIterable, Equatable, Sendable {
    /// They are the host's: what the guest sees is what the host has. Wants root, or CAP_CHOWN and its like.
    case passthrough
    /// They are kept in extended attributes (`user.virtfs.*`, as QEMU's "mapped-xattr" does), and every file belongs to
    /// the user who runs the machine.
    case mapped
    /// Everything is made as the user who runs the machine, and changes of owners do nothing.
    case squash
}
