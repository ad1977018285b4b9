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
    init(at path: String, _ receive: (consuming Descriptor) -> Void) throws(SystemCallError) {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let number = socket(AF_UNIX, type, 0)
        guard number >= 0 else { throw SystemCallError(call: "socket", code: errno) }
        let descriptor = Descriptor(owning: number)
        if Files.identity(of: path)?.isSocket == true, Self.isStale(path) { _ = unsafe unlink(path) }

        let formerMask = umask(0o077)
        let result = unsafe cmachine_unix_bind(number, path)
        umask(formerMask)
        guard result == 0 else { throw SystemCallError(call: "bind(\(path))", code: CInt(-result)) }
        self.path = path
        identity = Files.identity(of: path)
        guard listen(number, 16) == 0 else { throw SystemCallError(call: "listen(\(path))", code: errno) }
        receive(descriptor)
    }

    deinit {
        // Somebody else's socket may stand there by now.
        if let identity, Files.identity(of: path) == identity { _ = unsafe unlink(path) }
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
