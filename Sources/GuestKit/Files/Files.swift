// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// Plain operations on paths; each error names the path.
package enum Files {
    package static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    package static func isExecutable(_ path: String) -> Bool {
        unsafe access(path, X_OK) == 0
    }

    /// Makes a folder and its parents; one that is there already is left as it is.
    package static func makeFolders(_ path: String) throws(GuestKitError) {
        var current = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            current += "/" + part
            if unsafe mkdir(current, 0o755) == 0 || errno == EEXIST { continue }
            let code = errno
            if exists(current) { continue }
            throw .file(path: current, SystemCallError(call: "mkdir", code: code))
        }
    }

    package static func read(_ path: String) throws(GuestKitError) -> [UInt8] {
        do throws(SystemCallError) {
            let file = try Descriptor(path: path, flags: O_RDONLY)
            return try file.read(at: 0, count: Int(try file.status().byteCount))
        } catch {
            throw .file(path: path, error)
        }
    }

    package static func readText(_ path: String) throws(GuestKitError) -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    /// Writes a file whole: others see the old contents or the new ones, never a part.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws(GuestKitError) {
        let temporary = "\(path).\(getpid()).new"
        do throws(SystemCallError) {
            let file = try Descriptor(path: temporary, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
            try file.writeAll(bytes)
        } catch {
            unsafe unlink(temporary)
            throw .file(path: path, error)
        }
        try move(temporary, to: path)
    }

    package static func move(_ source: String, to target: String) throws(GuestKitError) {
        guard unsafe rename(source, target) == 0 else {
            throw .file(path: target, SystemCallError(call: "rename", code: errno))
        }
    }

    /// Makes `path` a symbolic link to `target`, in place of any link that is there.
    package static func link(_ path: String, to target: String) throws(GuestKitError) {
        let temporary = "\(path).\(getpid()).new"
        unsafe unlink(temporary)
        guard unsafe symlink(target, temporary) == 0 else {
            throw .file(path: path, SystemCallError(call: "symlink", code: errno))
        }
        try move(temporary, to: path)
    }

    /// Where a symbolic link points; `nil` where there is none.
    package static func linkTarget(_ path: String) -> String? {
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            count = max(0, unsafe readlink(path, base, 4096))
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// The names in a folder, sorted, without `.` and `..`; empty where it cannot be read.
    package static func names(in folder: String) -> [String] {
        guard let handle = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(handle) }
        var names: [String] = []
        while let entry = unsafe readdir(handle) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { buffer in
                unsafe String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Bytes of a regular file; `nil` where there is none.
    package static func byteCount(_ path: String) -> UInt64? {
        var result = stat()
        guard unsafe stat(path, &result) == 0 else { return nil }
        return UInt64(max(0, result.st_size))
    }

    /// This process's folder; `/` where it has been removed.
    package static var currentFolder: String {
        linkTarget("/proc/self/cwd").flatMap { exists($0) ? $0 : nil } ?? "/"
    }

    /// The folder part of a path.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The absolute path without symbolic links of something that exists.
    package static func resolve(_ path: String) throws(GuestKitError) -> String {
        guard let resolved = unsafe realpath(path, nil) else {
            throw .file(path: path, SystemCallError(call: "realpath", code: errno))
        }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}
