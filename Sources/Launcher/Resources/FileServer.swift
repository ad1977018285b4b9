// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import GuestKit
internal import Host

/// The server of a shared folder: a process of `virtiofsd`.
enum FileServer {
    /// Where Debian's and Ubuntu's qemu-system-common has it; elsewhere it is looked for on the path.
    private static let places = ["/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd", "/usr/lib/virtiofsd"]

    /// The program's path; `nil` where there is none.
    static var program: String? {
        places.first { unsafe access($0, X_OK) == 0 } ?? Environment.program("virtiofsd")
    }

    /// Starts the program.
    ///
    /// - Parameter listener: A listening socket on which the machine's end waits already: the program takes one
    ///   connection and listens no more.
    static func start(
        _ program: String, _ fileSystem: FileSystemConfiguration, at directory: String, _ listener: borrowing Descriptor
    ) throws(SystemCallError) -> ServiceProcess {
        try ServiceProcess(
            path: program,
            arguments: [
                "-f", "--fd=3", "-o", "source=\(escaped(directory))", "-o", "cache=\(fileSystem.cache.rawValue)",
                "-o", "log_level=err",
            ], socket: listener, failure: "the share \(fileSystem.tag) is down: virtiofsd")
    }

    /// A listening socket and one that is connected to it, with nobody in between: its name lasts for this call, in a
    /// folder that no other user can enter.
    static func sockets(
        _ body: (_ listener: consuming Descriptor, _ connected: consuming Descriptor) throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        var template = Array("/tmp/apus-XXXXXX".utf8CString)
        let isMade = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            return unsafe mkdtemp(start) != nil
        }
        guard isMade else { throw SystemCallError(call: "mkdtemp", code: errno) }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = "\(folder)/socket"
        defer {
            _ = unsafe unlink(path)
            _ = unsafe rmdir(folder)
        }
        let listener = try stream()
        let bound = unsafe cmachine_unix_bind(listener.borrowed, path)
        guard bound == 0 else { throw SystemCallError(call: "bind(\(path))", code: CInt(-bound)) }
        guard listen(listener.borrowed, 1) == 0 else { throw SystemCallError(call: "listen(\(path))", code: errno) }
        let connected = try stream()
        let result = unsafe cmachine_unix_connect(connected.borrowed, path)
        guard result == 0 else { throw SystemCallError(call: "connect(\(path))", code: CInt(-result)) }
        try body(listener, connected)
    }

    private static func stream() throws(SystemCallError) -> Descriptor {
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemCallError(call: "socket", code: errno) }
        return Descriptor(owning: number)
    }

    /// A path in a list of options, where commas and backslashes mean something.
    private static func escaped(_ path: String) -> String {
        path.unicodeScalars.reduce(into: "") { result, scalar in
            if scalar == "," || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
    }
}
