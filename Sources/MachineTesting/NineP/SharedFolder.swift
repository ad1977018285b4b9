// SPDX-License-Identifier: Apache-2.0
internal import CMachine
package import Configuration
internal import Glibc
package import Host
package import Machine

/// A directory to be shared, and beside it a canary that nobody who is held in the directory can know of or touch.
///
/// Lies below the folder for temporary files and is removed with this object.
package final class SharedFolder: Sendable {
    /// The folder that holds both.
    package let base: String
    package var path: String { base + "/share" }
    /// The folder beside the share.
    package var outside: String { base + "/outside" }

    private static let secret = "nobody in the share may read this"

    package init() throws(SystemCallError) {
        var template = Array("/tmp/apus-share-XXXXXX".utf8CString)
        guard let made = unsafe mkdtemp(&template) else { throw SystemCallError(call: "mkdtemp", code: errno) }
        base = unsafe String(cString: made)
        for folder in ["/share", "/outside"] {
            guard unsafe mkdir(base + folder, 0o755) == 0 else { throw SystemCallError(call: "mkdir", code: errno) }
        }
        try Self.write(Self.secret, to: outside + "/canary")
        guard unsafe symlink("/nowhere", outside + "/link") == 0 else {
            throw SystemCallError(call: "symlink", code: errno)
        }
    }

    deinit { remove() }

    /// Removes the share and what is around it.
    func remove() { Self.removeAll(Array(base.utf8)) }

    package static func write(_ text: String, to path: String) throws(SystemCallError) {
        try Descriptor(path: path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644).writeAll(Array(text.utf8))
    }

    package func directory() throws(SystemCallError) -> Descriptor {
        try Descriptor(path: path, flags: O_PATH | O_DIRECTORY)
    }

    /// A server for the share.
    package func server(
        _ owners: ShareOwners = .squash, isReadOnly: Bool = false, descriptorLimit: Int = 1000
    ) throws -> NinePServer {
        try NinePServer(
            directory: try directory(), owners: owners, isReadOnly: isReadOnly, descriptorLimit: descriptorLimit)
    }

    /// What is wrong with what lies beside the share; nothing, if nobody was there.
    package var trespasses: [String] {
        var found: [String] = []
        let names = Self.names(in: outside).sorted()
        if names != ["canary", "link"] { found.append("beside the share there is \(names)") }
        if Self.names(in: base).sorted() != ["outside", "share"] {
            found.append("around the share there is \(Self.names(in: base))")
        }
        let text = try? Descriptor(path: outside + "/canary", flags: O_RDONLY).readToEnd()
        if text != Array(Self.secret.utf8) { found.append("the canary says something else") }
        var status = stat()
        if unsafe lstat(outside + "/canary", &status) != 0 || status.st_mode & 0o7777 & ~0o644 != 0 {
            found.append("the canary has other rights")
        }
        return found
    }

    /// An extended attribute of a file in the share, as the host has it; empty where there is none.
    package func attribute(_ name: String, of file: String) -> [UInt8] {
        var value = [UInt8](repeating: 0, count: 100)
        let count = unsafe lgetxattr("\(path)/\(file)", name, &value, value.count)
        return [UInt8](value.prefix(max(0, count)))
    }

    /// Whether bytes that came out of the share are those of the canary.
    package static func isSecret(_ bytes: [UInt8]) -> Bool { bytes.starts(with: secret.utf8) }

    package static func names(in path: String) -> [String] {
        rawNames(in: Array(path.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Names as they are: a client may have made some that are no text.
    private static func rawNames(in path: [UInt8]) -> [[UInt8]] {
        guard let folder = unsafe opendir(terminated(path)) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [[UInt8]] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe [UInt8](bytes.prefix { $0 != 0 })
            }
            if name != [0x2E] && name != [0x2E, 0x2E] { names.append(name) }
        }
        return names
    }

    private static func terminated(_ path: [UInt8]) -> [CChar] { path.map { CChar(bitPattern: $0) } + [0] }

    /// Removes a tree, following no link.
    private static func removeAll(_ path: [UInt8]) {
        var status = stat()
        let text = terminated(path)
        guard unsafe lstat(text, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            unsafe chmod(text, 0o700)
            for name in rawNames(in: path) { removeAll(path + [0x2F] + name) }
            unsafe rmdir(text)
        } else {
            unsafe unlink(text)
        }
    }
}
