// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// Files in which the kernel says what it is like.
enum HostFile {
    private static let maximumByteCount = 64 << 10

    /// The first 64 KiB; `nil` where the file cannot be read.
    static func text(_ path: String) -> String? {
        guard let file = try? Descriptor(path: path, flags: O_RDONLY),
            let bytes = try? file.read(at: 0, count: maximumByteCount)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The number on the first line.
    static func number(_ path: String) -> UInt64? {
        text(path).flatMap { text in text.split(separator: "\n").first.flatMap { UInt64($0) } }
    }
}
