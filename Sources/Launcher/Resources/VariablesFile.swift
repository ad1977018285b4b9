// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import DiskImage
internal import Glibc
internal import Host

/// The file that keeps UEFI's variables: its pages are a machine's flash memory, so that one machine has it alone.
enum VariablesFile {
    /// Opens and locks a file that is there.
    static func open(_ path: String) throws(LaunchProblem) -> Descriptor {
        let file: Descriptor
        do {
            file = try Descriptor(path: path, flags: O_RDWR | O_NONBLOCK | O_NOCTTY)
        } catch {
            throw LaunchProblem(
                path, found: "this store of variables cannot be opened: \(error.reason)",
                remedy: "give yourself the right to write it, or another path", exitCode: .badInput)
        }
        guard let status = try? file.status(), status.kind == .regular else {
            throw LaunchProblem(
                path, found: "this store of variables is no regular file", remedy: "give the path of a file",
                exitCode: .badInput)
        }
        try lock(file, path: path)
        try fill(file, byteCount: status.byteCount, path: path)
        return file
    }

    /// Gives every byte its place on the disk: a page without one would end the machine that writes it where the disk is
    /// full.
    private static func fill(
        _ file: borrowing Descriptor, byteCount: UInt64, path: String
    ) throws(LaunchProblem) {
        let code = posix_fallocate(file.borrowed, 0, off_t(clamping: byteCount))
        guard code == 0 || byteCount == 0 else {
            let reason = SystemCallError(call: "posix_fallocate", code: code).reason
            throw LaunchProblem(
                path, found: "the store of variables has no place on its disk: \(reason)",
                remedy: "free some, or give another path", exitCode: .hostUnable)
        }
    }

    /// Makes a file of these bytes, which nobody else has made meanwhile, and locks it.
    static func make(at path: String, _ bytes: [UInt8]) throws(LaunchProblem) -> Descriptor {
        do {
            let file = try Descriptor(path: path, flags: O_RDWR | O_CREAT | O_EXCL | O_NOCTTY)
            do {
                try file.writeAll(bytes)
            } catch {
                unsafe unlink(path)
                throw error
            }
            try lock(file, path: path)
            return file
        } catch let error as LaunchProblem {
            throw error
        } catch {
            throw LaunchProblem(
                path, found: "the store of variables cannot be made: \(error)", remedy: "give another path",
                exitCode: .hostUnable)
        }
    }

    private static func lock(_ file: borrowing Descriptor, path: String) throws(LaunchProblem) {
        do {
            try ImageLock.take(file, isReadOnly: false)
        } catch {
            throw LaunchProblem(
                path, found: error == .busy ? "another machine uses these variables" : "they cannot be locked",
                remedy: "give each machine a file of its own", exitCode: .hostUnable)
        }
    }
}
