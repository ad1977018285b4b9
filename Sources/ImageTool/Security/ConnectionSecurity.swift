// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import NBD
internal import SecureStream

/// TLS for NBD connections out of a folder of certificates.
struct ConnectionSecurity: TransportSecurity {
    private let context: SecureContext
    /// The name that a server's certificate must have.
    private let hostName: String?
    private let admittedNames: [String]

    /// For a server: `server-cert.pem` and `server-key.pem` are needed, and `ca-cert.pem` where clients are verified.
    init(serving credentials: TLSCredentials) throws(ToolProblem) {
        guard credentials.admittedNames.isEmpty || credentials.verifiesPeer else {
            throw ToolProblem(
                "--tls-authz", found: "a client that need not have a certificate has no name",
                remedy: "leave --tls-verify-peer off out")
        }
        var files = SecureContext.Files()
        files.certificate = try credentials.path("server-cert.pem")
        files.key = try credentials.path("server-key.pem")
        if credentials.verifiesPeer {
            files.authorities = try credentials.path("ca-cert.pem")
            files.revoked = try? credentials.path("ca-crl.pem")
        }
        context = try Self.context(.server, files, credentials)
        hostName = nil
        admittedNames = credentials.admittedNames
    }

    /// For a client: `ca-cert.pem` is needed where the server is verified; `client-cert.pem` and `client-key.pem` are shown
    /// where they are there.
    init(connecting credentials: TLSCredentials, to hostName: String?) throws(ToolProblem) {
        var files = SecureContext.Files()
        if credentials.verifiesPeer {
            files.authorities = try credentials.path("ca-cert.pem")
            files.revoked = try? credentials.path("ca-crl.pem")
        }
        if let certificate = try? credentials.path("client-cert.pem") {
            files.certificate = certificate
            files.key = try credentials.path("client-key.pem")
        }
        context = try Self.context(.client, files, credentials)
        self.hostName = credentials.verifiesPeer ? hostName : nil
        admittedNames = []
    }

    func secure(_ socket: SocketTransport) throws(NBDError) -> any ByteTransport {
        let session: SecureSession
        do throws(SecureStreamError) {
            session = try SecureSession(context, hostName: hostName)
        } catch {
            throw .security("\(error)")
        }
        let transport = try SecureTransport(socket, session)
        if !admittedNames.isEmpty {
            guard let name = session.peerName, admittedNames.contains(name) else {
                throw .security("a client by the name of \(session.peerName ?? "nobody") is not admitted")
            }
        }
        return transport
    }

    private static func context(
        _ side: SecureContext.Side, _ files: SecureContext.Files, _ credentials: TLSCredentials
    ) throws(ToolProblem) -> SecureContext {
        do throws(SecureStreamError) {
            return try SecureContext(side, files, verifiesPeer: credentials.verifiesPeer)
        } catch {
            throw ToolProblem(
                credentials.folder, found: "its certificates cannot be used: \(error)",
                remedy: "look at the files with openssl x509 -text -in FILE")
        }
    }
}

extension TLSCredentials {
    /// A file of the folder that must be there.
    fileprivate func path(_ name: String) throws(ToolProblem) -> String {
        let path = "\(folder)/\(name)"
        guard unsafe access(path, R_OK) == 0 else {
            throw ToolProblem(
                path, found: "TLS needs this file, and it cannot be read",
                remedy: "make it, or look at its rights; the manual's page on NBD says how")
        }
        return path
    }
}
