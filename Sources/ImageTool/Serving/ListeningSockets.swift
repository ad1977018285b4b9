// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// The sockets that a server listens on. A socket in the file system is removed with its owner.
final class ListeningSockets {
    private var numbers: [CInt] = []
    private let place: ServingPlace
    /// The file that was made, so that nobody else's is removed.
    private var identity: (device: UInt64, inode: UInt64)?
    private static let backlog: CInt = 128

    init(at place: ServingPlace) throws(ToolProblem) {
        self.place = place
        switch place {
        case .unix(let path): try listen(at: path)
        case .internet(let host, let port): try listen(at: host, port)
        }
    }

    deinit {
        for number in numbers { Glibc.close(number) }
        if case .unix(let path) = place, let identity, let found = Self.identity(of: path), found == identity {
            _ = unsafe unlink(path)
        }
    }

    /// Hands the sockets over.
    func handOver<Failure: Error>(
        _ take: (consuming Descriptor) throws(Failure) -> Void
    ) throws(Failure) {
        while let number = numbers.popLast() { try take(Descriptor(owning: number)) }
    }

    private var port = 0

    /// The URI of an export, as the NBD project writes it down.
    func address(of export: String, isSecure: Bool) -> String {
        let scheme = isSecure ? "nbds" : "nbd"
        let name = Self.escaped(export, keeping: "/")
        switch place {
        case .unix(let path): return "\(scheme)+unix:///\(name)?socket=\(Self.escaped(path, keeping: "/"))"
        case .internet(let host, _):
            let shown = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
            return "\(scheme)://\(shown):\(port)/\(name)"
        }
    }

    private static func escaped(_ text: String, keeping: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let kept = Set("-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\(keeping)".utf8)
        return String(
            decoding: text.utf8.flatMap { byte in
                kept.contains(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }, as: UTF8.self)
    }

    private func listen(at host: String, _ port: String) throws(ToolProblem) {
        var (index, lookup): (CInt, CInt) = (0, 0)
        var problem: ToolProblem?
        while true {
            let result = unsafe cmachine_internet_socket(host, port, 1, index, &lookup)
            if result == -Int(ENXIO) { break }
            guard result >= 0 else {
                let reason =
                    lookup == 0
                    ? "\(SystemCallError(call: "bind", code: CInt(-result)))"
                    : unsafe String(cString: cmachine_lookup_reason(lookup))
                let found = ToolProblem(
                    "\(host) port \(port)", found: "nothing can listen there: \(reason)",
                    remedy: "give an address of this host with --bind, and a free port with --port")
                // A host may have no addresses of one family; one that somebody listens on is another matter.
                guard lookup == 0, result != -Int(EADDRINUSE) else { throw found }
                problem = found
                index += 1
                continue
            }
            numbers.append(CInt(result))
            // A second address would get another free port.
            if port == "0" { break }
            index += 1
        }
        if let problem, numbers.isEmpty { throw problem }
        self.port = Int(cmachine_bound_port(numbers.first ?? -1))
    }

    private func listen(at path: String) throws(ToolProblem) {
        // A socket that is bound and does not listen yet looks like one that nobody listens on: no other server may look.
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "."
        let lock: Descriptor
        do throws(SystemCallError) {
            lock = try Descriptor(path: folder, flags: O_RDONLY | O_DIRECTORY)
        } catch {
            throw ToolProblem(folder, error)
        }
        while flock(lock.borrowed, LOCK_EX) != 0, errno == EINTR {}
        try removeStale(path)
        do throws(SystemCallError) {
            let socket = try Self.socket()
            let bound = unsafe cmachine_unix_bind(socket.borrowed, path)
            try SystemCallError.check(bound, "bind")
            identity = Self.identity(of: path)
            guard Glibc.listen(socket.borrowed, Self.backlog) == 0 else {
                throw SystemCallError(call: "listen", code: errno)
            }
            numbers.append(socket.release())
        } catch {
            guard error.code == ENAMETOOLONG else { throw ToolProblem(path, error) }
            throw ToolProblem(path, found: "a socket's path has at most 107 bytes", remedy: "give a shorter one")
        }
        _ = consume lock
    }

    /// Takes a socket away that nobody listens on any more, and refuses anything else that stands there.
    private func removeStale(_ path: String) throws(ToolProblem) {
        var found = stat()
        guard unsafe lstat(path, &found) == 0 else { return }
        guard found.st_mode & S_IFMT == S_IFSOCK else {
            throw ToolProblem(
                path, found: "there is a file that is no socket", remedy: "give another path, or remove it")
        }
        let result: Int
        do throws(SystemCallError) {
            let probe = try Self.socket()
            result = unsafe cmachine_unix_connect(probe.borrowed, path)
        } catch {
            throw ToolProblem(path, error)
        }
        guard result == -Int(ECONNREFUSED) else {
            throw ToolProblem(
                path, found: "somebody listens on this socket", remedy: "give another path, or end who listens there")
        }
        _ = unsafe unlink(path)
    }

    private static func socket() throws(SystemCallError) -> Descriptor {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let number = Glibc.socket(AF_UNIX, type, 0)
        guard number >= 0 else { throw SystemCallError(call: "socket", code: errno) }
        return Descriptor(owning: number)
    }

    private static func identity(of path: String) -> (device: UInt64, inode: UInt64)? {
        var found = stat()
        guard unsafe lstat(path, &found) == 0 else { return nil }
        return (UInt64(found.st_dev), UInt64(found.st_ino))
    }
}
