// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestKit
import Testing

/// NBD's programs of other projects.
extension Bench {
    static let hasPeers =
        hasQEMU
        && ["nbdinfo", "nbdcopy", "nbdkit", "openssl", "qemu-nbd"].allSatisfy { Environment.program($0) != nil }

    func peer(_ name: String, _ arguments: String...) throws -> Outcome { try peer(name, arguments) }
    func peer(_ name: String, _ arguments: [String]) throws -> Outcome {
        try detached(try #require(Environment.program(name)), arguments)
    }

    /// A program that may leave a process behind, or end one by a signal: without this process's descriptors, by which
    /// its end is found out, and with no signal blocked, as the threads of tests have them.
    func detached(_ program: String, _ arguments: [String]) throws -> Outcome {
        let script = "POSIX::close($_) for 3..255; sigprocmask(SIG_SETMASK, POSIX::SigSet->new); exec @ARGV or die $!"
        return try run(try #require(Environment.program("perl")), ["-MPOSIX", "-e", script, program] + arguments)
    }

    /// `apus image` with nbdkit as the server, whose address takes the place of `@`.
    func apus(_ arguments: [String], overNBDKit options: [String]) throws -> Outcome {
        let words = ([Self.tool] + arguments).map { $0 == "@" ? "\"nbd+unix:///?socket=$unixsocket\"" : "'\($0)'" }
        return try peer("nbdkit", ["-U", "-"] + options + ["--run", words.joined(separator: " ")])
    }

    /// A disk of 8 MiB with data, zeros and holes.
    func makeDisk(_ name: String, format: String) throws {
        try #require(try qemu("create", "-q", "-f", format, name, "8M").status == 0)
        try fill(
            name, format: format, "write -P 17 0 64k", "write -P 5 1M 100k", "write -z 2M 256k", "write -P 9 7M 1M")
    }

    /// Certificates as QEMU lays them out, of an authority of their own: `server`, `client`.
    func makeCertificates(_ folder: String) throws {
        try FileManager.default.createDirectory(atPath: path(folder), withIntermediateDirectories: true)
        func openssl(_ arguments: String) throws {
            let outcome = try run(
                try #require(Environment.program("openssl")), arguments.split(separator: " ").map(String.init))
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        try write("\(folder)/names", Array("subjectAltName=DNS:localhost,IP:127.0.0.1\n".utf8))
        try openssl(
            "req -x509 \(key) -keyout \(folder)/ca-key.pem -out \(folder)/ca-cert.pem -days 2 -subj /CN=authority")
        for side in ["server", "client"] {
            try openssl(
                "req \(key) -keyout \(folder)/\(side)-key.pem -out \(folder)/request -subj /O=Example/CN=\(side)")
            try openssl(
                "x509 -req -in \(folder)/request -CA \(folder)/ca-cert.pem -CAkey \(folder)/ca-key.pem -CAcreateserial "
                    + "-days 2 -extfile \(folder)/names -out \(folder)/\(side)-cert.pem")
        }
    }
}
