// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// A file with this process's number, for those who want to end it.
struct ProcessFile {
    private let path: String

    init(_ path: String) throws(ToolProblem) {
        self.path = path
        do throws(SystemCallError) {
            let file = try Descriptor(path: path, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o644)
            try file.writeAll(Array("\(getpid())\n".utf8))
        } catch {
            throw ToolProblem(path, error)
        }
    }

    func remove() { _ = unsafe unlink(path) }
}
