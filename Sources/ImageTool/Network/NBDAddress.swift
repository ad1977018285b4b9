// SPDX-License-Identifier: Apache-2.0

/// An export of an NBD server as the command line names it: by the NBD project's URIs, or in qemu-img's way.
///
///     nbd://HOST[:PORT]/EXPORT        nbds://HOST[:PORT]/EXPORT?tls-certificates=FOLDER
///     nbd+unix:///EXPORT?socket=PATH  nbds+unix:///EXPORT?socket=PATH&tls-certificates=FOLDER&tls-hostname=NAME
///     nbd:HOST:PORT[:exportname=NAME] nbd:unix:PATH[:exportname=NAME]
struct NBDAddress: Equatable, Sendable {
    var place: ServingPlace
    var exportName = ""
    /// A folder of certificates, where TLS is spoken.
    var credentials: TLSCredentials?
    /// The name that the server's certificate must have.
    var hostName: String?

    private static let defaultPort = "10809"

    /// Whether a path is meant for this.
    static func isAddress(_ text: String) -> Bool {
        text.hasPrefix("nbd:") || text.hasPrefix("nbds:") || text.hasPrefix("nbd+") || text.hasPrefix("nbds+")
    }

    init(parsing text: String) throws(ToolProblem) {
        let sides = Self.split(text, at: "://")
        guard let rest = sides.after else {
            try self.init(parsingOld: text)
            return
        }
        switch sides.before {
        case "nbd", "nbds": try self.init(host: rest, isSecure: sides.before == "nbds", text)
        case "nbd+unix", "nbds+unix": try self.init(unix: rest, isSecure: sides.before == "nbds+unix", text)
        default:
            throw ToolProblem(
                text, found: "'\(sides.before)' is no way to an NBD server that this tool knows",
                remedy: "write nbd, nbds, nbd+unix or nbds+unix")
        }
    }

    private init(host rest: String, isSecure: Bool, _ text: String) throws(ToolProblem) {
        let (path, query) = Self.split(rest, at: "?")
        let (authority, name) = Self.split(path, at: "/")
        let (host, port) = try Self.hostAndPort(authority, text)
        place = .internet(host: host, port: port ?? Self.defaultPort)
        exportName = try Self.decoded(name ?? "", text)
        hostName = host
        try take(query ?? "", isSecure: isSecure, text)
    }

    private init(unix rest: String, isSecure: Bool, _ text: String) throws(ToolProblem) {
        let (path, query) = Self.split(rest, at: "?")
        let (authority, name) = Self.split(path, at: "/")
        guard authority.isEmpty else {
            throw ToolProblem(
                text, found: "a socket in the file system has no host '\(authority)'",
                remedy: "write nbd+unix:///EXPORT?socket=PATH")
        }
        place = .unix(path: "")
        exportName = try Self.decoded(name ?? "", text)
        try take(query ?? "", isSecure: isSecure, text)
        guard place != .unix(path: "") else {
            throw ToolProblem(text, found: "the socket is missing", remedy: "write nbd+unix:///EXPORT?socket=PATH")
        }
    }

    /// `nbd:unix:PATH` and `nbd:HOST:PORT`, both with `:exportname=NAME` behind.
    private init(parsingOld text: String) throws(ToolProblem) {
        let (address, name) = Self.split(String(text.dropFirst("nbd:".count)), at: ":exportname=")
        if address.hasPrefix("unix:") {
            place = .unix(path: String(address.dropFirst("unix:".count)))
        } else {
            let (host, port) = try Self.hostAndPort(address, text)
            guard let port else {
                throw ToolProblem(text, found: "the port is missing", remedy: "write nbd:HOST:PORT, or nbd://HOST")
            }
            place = .internet(host: host, port: port)
        }
        exportName = name ?? ""
    }

    private mutating func take(_ query: String, isSecure: Bool, _ text: String) throws(ToolProblem) {
        var (folder, verifies) = (String?.none, true)
        for item in query.split(separator: "&") {
            let (key, raw) = Self.split(String(item), at: "=")
            let value = try Self.decoded(raw ?? "", text)
            switch key {
            case "socket" where !value.isEmpty: place = .unix(path: value)
            case "tls-certificates": folder = value
            case "tls-hostname": hostName = value
            case "tls-verify-peer": verifies = value != "false" && value != "0"
            default: throw ToolProblem(text, found: "'\(item)' is nothing that the address of an export has")
            }
        }
        guard isSecure else {
            guard folder == nil else {
                throw ToolProblem(text, found: "certificates are for TLS", remedy: "write nbds for nbd")
            }
            return
        }
        guard let folder else {
            throw ToolProblem(
                text, found: "TLS needs certificates", remedy: "add tls-certificates=FOLDER, which has ca-cert.pem")
        }
        credentials = TLSCredentials(folder: folder)
        credentials?.verifiesPeer = verifies
    }

    private static func hostAndPort(_ text: String, _ whole: String) throws(ToolProblem) -> (String, String?) {
        var (host, port) = (text, String?.none)
        if text.hasPrefix("[") {
            let (inner, behind) = split(String(text.dropFirst()), at: "]")
            host = inner
            port = behind.flatMap { $0.hasPrefix(":") ? String($0.dropFirst()) : nil }
        } else {
            (host, port) = split(text, at: ":")
        }
        guard !host.isEmpty, port.map({ (UInt16($0) ?? 0) > 0 }) ?? true else {
            throw ToolProblem(
                whole, found: "'\(text)' is no host with a port", remedy: "write HOST, HOST:PORT or [ADDRESS]:PORT")
        }
        return (host, port)
    }

    /// What stands before and after the first `separator`.
    private static func split(_ text: String, at separator: String) -> (before: String, after: String?) {
        let (bytes, mark) = (Array(text.utf8), Array(separator.utf8))
        guard bytes.count >= mark.count else { return (text, nil) }
        for start in 0...bytes.count - mark.count where bytes[start...].starts(with: mark) {
            return (
                String(decoding: bytes[..<start], as: UTF8.self),
                String(decoding: bytes[(start + mark.count)...], as: UTF8.self)
            )
        }
        return (text, nil)
    }

    /// Bytes that are written as `%XX` (RFC 3986 section 2.1).
    private static func decoded(_ text: String, _ whole: String) throws(ToolProblem) -> String {
        var (bytes, rest) = ([UInt8](), text.utf8[...])
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16), value > 0 else {
                throw ToolProblem(whole, found: "'%\(digits)' is no byte", remedy: "write % as %25")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
