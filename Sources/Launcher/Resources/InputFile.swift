// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import Host

/// A regular file that is only read: a kernel, an initrd, a configuration.
struct InputFile: ~Copyable {
    let path: String
    let descriptor: Descriptor
    let byteCount: UInt64

    /// Opens the file.
    ///
    /// - Parameter what: What it is to be, such as "kernel".
    init(_ path: String, what: String) throws(LaunchProblem) {
        let descriptor = try Self.open(path, what: what)
        guard let status = try? descriptor.status(), status.kind == .regular else {
            throw LaunchProblem(
                path, found: "this \(what) is no regular file", remedy: "give the path of a file", exitCode: .badInput)
        }
        Files.setBlocking(descriptor)
        self.path = path
        self.descriptor = descriptor
        byteCount = status.byteCount
    }

    /// The first bytes, at most `limit`.
    borrowing func beginning(upTo limit: Int) throws(LaunchProblem) -> [UInt8] {
        do {
            return try descriptor.read(at: 0, count: min(limit, Int(clamping: byteCount)))
        } catch {
            throw LaunchProblem(
                path, found: "it cannot be read: \(error.reason)", remedy: "replace it", exitCode: .badInput)
        }
    }

    /// Gives up the descriptor.
    consuming func takeDescriptor() -> Descriptor { descriptor }

    private static func open(_ path: String, what: String) throws(LaunchProblem) -> Descriptor {
        do {
            // Without O_NONBLOCK a FIFO would wait for a writer.
            return try Descriptor(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        } catch {
            throw refusal(of: path, what: what, error)
        }
    }

    private static func refusal(of path: String, what: String, _ error: SystemCallError) -> LaunchProblem {
        let remedy =
            switch error.code {
            case ENOENT, ENOTDIR: "correct the path"
            case EACCES: "give yourself the right to read it"
            default: "give another \(what)"
            }
        return LaunchProblem(
            path, found: "this \(what) cannot be opened: \(error.reason)", remedy: remedy, exitCode: .badInput)
    }
}
