// SPDX-License-Identifier: Apache-2.0
import Glibc
import GuestKit
import Host

/// The Debian that scenarios share with their guests; made once, and kept in the cache.
enum SharedRoot {
    /// What the names of its images begin with; `nil` where it cannot be made here.
    static let location: String? = {
        guard Environment.program("mmdebstrap") != nil, let location = try? make() else { return nil }
        return location
    }()

    private static func make() throws -> String? {
        let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
        let output = try Tool.memoryFile("output")
        let child = try ChildProcess(
            path: "\(EndToEndBed.root)/scripts/share-root", arguments: [], environment: Environment.all,
            descriptors: [null.borrowed, output.borrowed, STDERR_FILENO])
        guard child.wait() == 0 else { return nil }
        let text = String(
            decoding: try output.read(at: 0, count: Int(try output.status().byteCount)), as: UTF8.self)
        return text.split(separator: "\n").last.map(String.init)
    }
}
