// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import Host

/// A folder in which the headers of images may name others.
final class ImageFolder {
    /// A file in one of the folders.
    struct Found: ~Copyable {
        let file: Descriptor
        /// Where it is.
        let place: String

        consuming func takeFile() -> Descriptor { file }
    }

    /// Where it really is, without links.
    let place: String
    private let folder: Descriptor

    /// Opens the folder of `path`, or `path` itself.
    init(_ path: String) throws(LaunchProblem) {
        do throws(SystemCallError) {
            folder = try Descriptor(path: path, flags: O_PATH | O_DIRECTORY)
            place = try Self.place(of: folder)
        } catch {
            throw LaunchProblem(
                path, found: "this folder for images cannot be opened: \(error.reason)", remedy: "correct the path",
                exitCode: .badInput)
        }
    }

    /// Opens a file by a name that a header has, for reading.
    ///
    /// The name is followed once to see where it leads (no magic links, openat2(2)). What is opened is what lies there
    /// beneath one of the folders, on a way without any link, whatever has been moved meanwhile.
    ///
    /// - Returns: `nil` where the file is in none of the folders.
    static func open(
        _ path: String, in folders: [ImageFolder]
    ) throws(SystemCallError) -> Found? {
        let found = try openFile(
            AT_FDCWD, path, UInt64(O_PATH), resolve: CMACHINE_RESOLVE_NO_MAGIC_LINKS)
        let place = try place(of: found)
        for folder in folders {
            let prefix = folder.place == "/" ? "/" : folder.place + "/"
            guard place.hasPrefix(prefix) else { continue }
            let file = try openFile(
                folder.folder.borrowed, String(place.dropFirst(prefix.count)),
                UInt64(O_RDONLY | O_NONBLOCK | O_NOCTTY),
                resolve: CMACHINE_RESOLVE_BENEATH | CMACHINE_RESOLVE_NO_LINKS)
            return Found(file: file, place: place)
        }
        return nil
    }

    /// Where a name that a header has leads, for a message.
    static func destination(of path: String) -> String {
        guard
            let found = try? openFile(
                AT_FDCWD, path, UInt64(O_PATH), resolve: CMACHINE_RESOLVE_NO_MAGIC_LINKS),
            let place = try? place(of: found)
        else { return path }
        return place
    }

    private static func openFile(
        _ folder: CInt, _ path: String, _ flags: UInt64, resolve: UInt64
    ) throws(SystemCallError) -> Descriptor {
        while true {
            let result = unsafe cmachine_open_beneath(folder, path, flags, 0, resolve)
            if result >= 0 { return Descriptor(owning: CInt(result)) }
            // EAGAIN: something on the way was renamed meanwhile.
            guard result == -Int(EINTR) || result == -Int(EAGAIN) else {
                throw SystemCallError(call: "openat2", code: CInt(-result))
            }
        }
    }

    private static func place(of file: borrowing Descriptor) throws(SystemCallError) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let path = "/proc/self/fd/\(file.borrowed)"
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return -1 }
            return unsafe readlink(path, start.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard count > 0, count < buffer.count else { throw SystemCallError(call: "readlink", code: errno) }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
