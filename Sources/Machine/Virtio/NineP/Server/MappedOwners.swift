// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// Owners, kinds and rights in extended attributes, laid out as QEMU's "mapped-xattr" does: `user.virtfs.uid`, `.gid`
/// and `.mode` of 4 bytes, `.rdev` of 8, all little-endian.
enum MappedOwners {
    /// In front of the names that are the server's own.
    static let prefix = Array("user.virtfs.".utf8)

    private static let user = Array("user.virtfs.uid".utf8)
    private static let group = Array("user.virtfs.gid".utf8)
    private static let mode = Array("user.virtfs.mode".utf8)
    private static let device = Array("user.virtfs.rdev".utf8)
    /// What the host sees of everything: the user who runs the machine may read and write it.
    static let hostFileMode: UInt32 = 0o600
    static let hostFolderMode: UInt32 = 0o700

    /// Puts what the attributes say over what the host says; what is not there stays.
    static func show(in status: inout cmachine_file, _ file: SharedFile) {
        if let number = number(user, of: file, byteCount: 4) { status.user = UInt32(truncatingIfNeeded: number) }
        if let number = number(group, of: file, byteCount: 4) { status.group = UInt32(truncatingIfNeeded: number) }
        if let number = number(mode, of: file, byteCount: 4) {
            let wanted = UInt32(truncatingIfNeeded: number) & (S_IFMT | 0o7777)
            // A directory is one for good; a file may stand for anything else.
            let isFolder = status.mode & S_IFMT == S_IFDIR
            let kind =
                isFolder || wanted & S_IFMT == S_IFDIR || wanted & S_IFMT == 0 ? status.mode & S_IFMT : wanted & S_IFMT
            status.mode = kind | wanted & 0o7777
        }
        if let number = number(device, of: file, byteCount: 8) { status.special_device = number }
    }

    static func set(
        _ file: SharedFile, user: UInt32, group: UInt32, mode: UInt32, device: UInt64?
    ) throws(NinePError) {
        try setOwner(file, user: user, group: group)
        try setMode(file, mode)
        if let device { try file.setAttribute(Self.device, to: bytes(device)) }
    }

    /// ~0 leaves a number as it is.
    static func setOwner(_ file: SharedFile, user: UInt32, group: UInt32) throws(NinePError) {
        if user != UInt32.max { try file.setAttribute(Self.user, to: bytes(user)) }
        if group != UInt32.max { try file.setAttribute(Self.group, to: bytes(group)) }
    }

    /// - Parameter mode: Kind and rights.
    static func setMode(_ file: SharedFile, _ mode: UInt32) throws(NinePError) {
        try file.setAttribute(Self.mode, to: bytes(mode))
    }

    private static func number(_ name: [UInt8], of file: SharedFile, byteCount: Int) -> UInt64? {
        guard let bytes = try? file.attribute(name, upTo: 8), bytes.count == byteCount else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
