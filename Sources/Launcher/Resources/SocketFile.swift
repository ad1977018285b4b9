// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import Host

/// The file of a listening Unix socket; removed when its owner ends.
final class SocketFile {
    private let path: String
    private let identity: FileIdentity?

    /// Why a socket cannot be made at `path`; `nil` where it can. Changes nothing.
    static func problem(at path: String) -> LaunchProblem? {
        guard let identity = Files.identity(of: path) else {
            return Files.obstacle(toCreating: path).map {
                LaunchProblem(path, found: $0, remedy: "give another path", exitCode: .hostUnable)
            }
        }
        guard identity.isSocket else {
            return LaunchProblem(
                path, found: "there is a file that is no socket", remedy: "give another path, or remove it",
                exitCode: .badInput)
        }
        guard isStale(path) else {
            return LaunchProblem(
                path, found: "somebody listens on this socket", remedy: "give another path, or end who listens there",
                exitCode: .hostUnable)
        }
        return nil
    }

    /// Makes the socket in the place of a stale one and listens on it; only this user can connect.
    ///
    /// - Parameter receive: Gets the listening, non-blocking descriptor.
    /// - Throws: What `problem(at:)` says by now, or that it cannot be made; what stands there is left alone.
    init(at path: String, _ receive: (consuming Descriptor) -> Void) throws(LaunchProblem) {
        // A socket that is bound and does not listen yet looks like a stale one: no other launcher may see it.
        let lock = try FolderLock(Files.folder(of: path))
        if let problem = Self.problem(at: path) { throw problem }
        if Files.identity(of: path) != nil { _ = unsafe unlink(path) }
        do {
            let descriptor = try Self.listen(at: path)
            self.path = path
            identity = Files.identity(of: path)
            receive(descriptor)
        } catch {
            throw LaunchProblem(
                path, found: "the socket cannot be made: \(error)", remedy: "give another path",
                exitCode: .hostUnable)
        }
        _ = consume lock
    }

    deinit {
        // Somebody else's socket may stand there by now, and must not come to stand there after the look.
        let lock = try? FolderLock(Files.folder(of: path))
        if let identity, Files.identity(of: path) == identity { _ = unsafe unlink(path) }
        _ = consume lock
    }

    private static func listen(at path: String) throws(SystemCallError) -> Descriptor {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let number = socket(AF_UNIX, type, 0)
        guard number >= 0 else { throw SystemCallError(call: "socket", code: errno) }
        let descriptor = Descriptor(owning: number)
        let formerMask = umask(0o077)
        let result = unsafe cmachine_unix_bind(number, path)
        umask(formerMask)
        guard result == 0 else { throw SystemCallError(call: "bind(\(path))", code: CInt(-result)) }
        guard Glibc.listen(number, 16) == 0 else {
            let code = errno
            _ = unsafe unlink(path)
            throw SystemCallError(call: "listen(\(path))", code: code)
        }
        return descriptor
    }

    /// Whether nobody listens on the socket any more.
    private static func isStale(_ path: String) -> Bool {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let number = socket(AF_UNIX, type, 0)
        guard number >= 0 else { return false }
        let probe = Descriptor(owning: number)
        return unsafe cmachine_unix_connect(probe.borrowed, path) == -Int(ECONNREFUSED)
    }
}
