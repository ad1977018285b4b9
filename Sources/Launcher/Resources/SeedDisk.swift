// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import GuestKit
internal import Host

/// A small FAT file system in memory in which cloud-init finds what it is given (its data source NoCloud): the label
/// `cidata`, and the files `user-data`, `meta-data` and perhaps `network-config`.
enum SeedDisk {
    /// A file of the disk.
    struct File {
        let name: String
        let bytes: [UInt8]
    }

    /// The host's programs that make it, and their packages.
    private static let tools = [("mkfs.vfat", "dosfstools"), ("mcopy", "mtools")]
    /// Room for three files of the most that each may have. What stays empty takes no memory.
    private static let byteCount = 8 << 20

    /// The first program that the host lacks, and its package.
    static var missingTool: (name: String, package: String)? {
        tools.first { Environment.program($0.0) == nil }.map { (name: $0.0, package: $0.1) }
    }

    /// What `meta-data` says of a machine that nobody has described otherwise. A name is an identity as it is, and a
    /// host name without what host names cannot have.
    static func metaData(for name: String) -> [UInt8] {
        let host = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }.prefix(63))
        let quoted = name.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : "\($0)" }.joined()
        return Array("instance-id: \"\(quoted)\"\nlocal-hostname: \"\(host)\"\n".utf8)
    }

    /// Whether cloud-init takes user data for something, by its beginning: a mark such as `#cloud-config` or `#!`, the
    /// head of a mail, or gzip's signature.
    static func isUserData(_ bytes: [UInt8]) -> Bool {
        ["#", "Content-Type:", "MIME-Version:"].contains { bytes.starts(with: $0.utf8) }
            || bytes.starts(with: [0x1F, 0x8B])
    }

    /// Makes the disk.
    static func make(_ files: [File]) throws(GuestKitError) -> Descriptor {
        let disk = try file("cidata", [])
        guard ftruncate(disk.borrowed, off_t(byteCount)) == 0 else {
            throw .file(path: "cidata", SystemCallError(call: "ftruncate", code: errno))
        }
        try Tool.run("mkfs.vfat", ["-n", "cidata", path(of: disk)], package: "dosfstools")
        for file in files {
            let source = try self.file(file.name, file.bytes)
            try Tool.run(
                "mcopy", ["-i", path(of: disk), path(of: source), "::\(file.name)"], package: "mtools")
        }
        return disk
    }

    private static func file(_ name: String, _ bytes: [UInt8]) throws(GuestKitError) -> Descriptor {
        do { return try MemoryFile.make(name, bytes) } catch { throw .file(path: name, error) }
    }

    /// A path by which a program that this one starts opens the file anew.
    private static func path(of file: borrowing Descriptor) -> String {
        "/proc/\(getpid())/fd/\(file.borrowed)"
    }
}
