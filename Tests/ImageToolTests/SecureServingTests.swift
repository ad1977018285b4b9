// SPDX-License-Identifier: Apache-2.0
import Testing

/// TLS between the server, libnbd, QEMU and the client of this project.
@Suite("Images served over TLS", .enabled(if: Bench.hasPeers))
struct SecureServingTests {
    private let bench: Bench
    private let service: Service

    init() throws {
        bench = try Bench()
        for folder in ["pki", "foreign"] { try bench.makeCertificates(folder) }
        try bench.makeDisk("disk", format: "raw")
        service = try Service(bench, "-p", "0", "-t", "-e", "0", "-f", "raw", "--tls-creds", "pki", "disk")
    }

    private func address(_ folder: String, _ more: String = "") -> String {
        "\(service.address)?tls-certificates=\(bench.path(folder))\(more)"
    }

    @Test("those with certificates of the authority come in")
    func admission() throws {
        let copied = try bench.peer("nbdcopy", address("pki"), "copy")
        let port = service.address.split(separator: ":").last?.split(separator: "/").first ?? ""
        let qemu = try bench.qemu(
            "convert", "--object", "tls-creds-x509,id=t,dir=\(bench.path("pki")),endpoint=client", "--image-opts",
            "driver=nbd,host=127.0.0.1,port=\(port),tls-creds=t", "-O", "raw", "other")
        let ours = try bench.apus("convert", "-f", "raw", "-O", "raw", address("pki"), "third")

        for outcome in [copied, qemu, ours] { #expect(outcome.status == 0, "\(outcome.errors)") }
        for name in ["copy", "other", "third"] { #expect(try bench.bytes(name) == bench.bytes("disk")) }
        #expect(service.stop() == 0)
    }

    @Test("those without TLS, without a certificate or with a foreign one stay outside, and come to know it")
    func refusal() throws {
        try bench.makeCertificates("anonymous")
        for file in ["client-cert.pem", "client-key.pem"] { try bench.remove("anonymous/\(file)") }
        try bench.write("anonymous/ca-cert.pem", Array(bench.bytes("pki/ca-cert.pem")))
        let plain = service.address.replacing("nbds:", with: "nbd:")

        for address in [plain, address("anonymous"), address("foreign")] {
            let theirs = try bench.peer("nbdinfo", address)
            let ours = try bench.apus("info", "-f", "raw", address)
            #expect(theirs.status == 1, "\(address)")
            #expect(ours.status == 1 && ours.errors.hasPrefix("apus image: \(address): "), "\(ours.errors)")
        }
        // The server goes on.
        #expect(try bench.peer("nbdinfo", address("pki")).status == 0)
        #expect(service.stop() == 0)
    }

    @Test("a server by another name is not believed, unless nobody asks for its name")
    func names() throws {
        #expect(try bench.apus("info", "-f", "raw", address("pki", "&tls-hostname=elsewhere")).status == 1)
        #expect(try bench.apus("info", "-f", "raw", address("pki", "&tls-hostname=localhost")).status == 0)
        #expect(try bench.apus("info", "-f", "raw", address("foreign", "&tls-verify-peer=false")).status == 1)
    }

    @Test("--tls-authz admits by name, and without --tls-verify-peer no certificate is asked for")
    func authorization() throws {
        func status(_ options: String..., folder: String) throws -> Int32 {
            let service = try Service(
                bench, ["-k", "s", "-t", "-r", "-f", "raw", "--tls-creds", "pki"] + options + ["disk"])
            let outcome = try bench.apus(
                "info", "-f", "raw", "\(service.address)&tls-certificates=\(bench.path(folder))&tls-hostname=localhost")
            #expect(service.stop() == 0)
            return outcome.status
        }
        #expect(service.stop() == 0)
        try bench.makeCertificates("anonymous")
        for file in ["client-cert.pem", "client-key.pem"] { try bench.remove("anonymous/\(file)") }
        try bench.write("anonymous/ca-cert.pem", Array(bench.bytes("pki/ca-cert.pem")))

        #expect(try status("--tls-authz", "CN=client,O=Example", folder: "pki") == 0)
        #expect(try status("--tls-authz", "CN=somebody,O=Example", folder: "pki") == 1)
        #expect(try status(folder: "anonymous") == 1)
        #expect(try status("--tls-verify-peer", "off", folder: "anonymous") == 0)
    }

    @Test("certificates that were taken back do not count")
    func revocation() throws {
        #expect(service.stop() == 0)
        try bench.write("index", [])
        try bench.write(
            "ca.cnf",
            Array("[ca]\ndefault_ca=c\n[c]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=2\n".utf8))
        let authority = ["-config", "ca.cnf", "-cert", "pki/ca-cert.pem", "-keyfile", "pki/ca-key.pem"]
        for arguments in [["-revoke", "pki/client-cert.pem"], ["-gencrl", "-out", "pki/ca-crl.pem"]] {
            let outcome = try bench.peer("openssl", ["ca"] + authority + arguments)
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        let revoking = try Service(bench, "-k", "s", "-t", "-r", "-f", "raw", "--tls-creds", "pki", "disk")

        let outcome = try bench.apus(
            "info", "-f", "raw", "\(revoking.address)&tls-certificates=\(bench.path("pki"))&tls-hostname=localhost")

        #expect(outcome.status == 1)
        #expect(revoking.stop() == 0)
        #expect(revoking.remarks().contains("certificate"))
    }
}
