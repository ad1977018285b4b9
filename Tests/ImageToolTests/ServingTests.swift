// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

/// The NBD server under the clients of other projects.
@Suite("Images served over NBD", .enabled(if: Bench.hasPeers))
struct ServingTests {
    @Test("libnbd finds what the export can", arguments: ["raw", "qcow2"])
    func abilities(_ format: String) throws {
        let bench = try Bench()
        try bench.makeDisk("disk", format: format)
        let service = try Service(bench, "-k", "s", "-t", "-e", "4", "-f", format, "-x", "a/b c", "-D", "words", "disk")

        let outcome = try bench.peer("nbdinfo", "--json", service.address)

        let export = try #require(try JSONValue(parsing: Array(outcome.output.utf8))["exports"]?.elements?.first)
        #expect(export["export-name"]?.text == "a/b c")
        #expect(export["description"]?.text == "words")
        #expect(export["export-size"]?.unsignedValue == 8 << 20)
        #expect(export["contexts"]?.elements == ["base:allocation"])
        let abilities = [
            "can_cache", "can_df", "can_fast_zero", "can_flush", "can_fua", "can_multi_conn", "can_trim", "can_zero",
        ]
        for ability in abilities { #expect(export[ability] == true, "\(ability)") }
        #expect(export["is_read_only"] == false)
        #expect(service.stop() == 0)
    }

    @Test("its extents are those that qemu-nbd tells", arguments: ["raw", "qcow2"])
    func extents(_ format: String) throws {
        let bench = try Bench()
        try bench.makeDisk("disk", format: format)
        let theirs = try bench.peer(
            "nbdinfo", "--json", "--map", "--", "[", "qemu-nbd", "-r", "-f", format, bench.path("disk"), "]")
        let service = try Service(bench, "-k", "s", "-r", "-f", format, "disk")

        let ours = try bench.peer("nbdinfo", "--json", "--map", service.address)

        #expect(theirs.status == 0, "\(theirs.errors)")
        #expect(try Bench.normalized(ours.output) == Bench.normalized(theirs.output))
        // Without -t it ends with its last client.
        #expect(service.wait() == 0)
    }

    @Test("a dirty bitmap is told as qemu-nbd tells it, and has what clients write")
    func bitmaps() throws {
        let bench = try Bench()
        try bench.makeDisk("disk", format: "qcow2")
        for arguments in [["--add", "disk", "b"], ["--add", "disk", "later"], ["--disable", "disk", "later"]] {
            try #require(try bench.qemu(["bitmap"] + arguments).status == 0)
        }
        let writing = ["-f", "qcow2", "-c", "write 64k 4k", "-c", "write 3M 200k", "disk"]
        try #require(try bench.run("/usr/bin/qemu-io", writing).status == 0)
        let theirs = try bench.peer(
            "nbdinfo", "--json", "--map=qemu:dirty-bitmap:b", "--", "[", "qemu-nbd", "-r", "-f", "qcow2", "-B", "b",
            bench.path("disk"), "]")
        let service = try Service(bench, "-k", "s", "-t", "-f", "qcow2", "-B", "b", "-B", "later", "disk")
        func map(_ name: String) throws -> String {
            try bench.peer("nbdinfo", "--json", "--map=qemu:dirty-bitmap:\(name)", service.address).output
        }

        let ours = try map("b")
        let more = try bench.run("/usr/bin/qemu-io", ["-f", "raw", "-c", "write 5M 64k", service.address])

        #expect(theirs.status == 0, "\(theirs.errors)")
        #expect(try Bench.normalized(ours) == Bench.normalized(theirs.output))
        #expect(more.status == 0, "\(more.errors)")
        #expect(try map("b").contains("\"offset\": \(5 << 20)"))
        #expect(!(try map("later").contains("\"type\": 1")))
        #expect(service.stop() == 0)
        #expect(try bench.qemu("check", "disk").status == 0)
        let missing = try bench.apus("serve", "-k", "s", "-f", "qcow2", "-B", "none", "disk")
        #expect(missing.status == 1)
        #expect(missing.errors.contains("no bitmap none"))
    }

    @Test("nbdcopy and qemu-img copy in and out", arguments: ["raw", "qcow2"])
    func copies(_ format: String) throws {
        let bench = try Bench()
        try bench.makeDisk("source", format: "raw")
        try #require(try bench.qemu("create", "-q", "-f", format, "disk", "8M").status == 0)
        let service = try Service(bench, "-k", "s", "-t", "-e", "0", "-f", format, "disk")

        let into = try bench.peer("nbdcopy", "--flush", "source", service.address)
        let out = try bench.peer("nbdcopy", service.address, "copy")
        let compared = try bench.qemu("compare", "-f", "raw", "-F", "raw", "source", service.address)
        let converted = try bench.qemu("convert", "-n", "-f", "raw", "-O", "raw", "copy", service.address)

        for outcome in [into, out, compared, converted] { #expect(outcome.status == 0, "\(outcome.errors)") }
        #expect(try bench.bytes("copy") == bench.bytes("source"))
        #expect(service.stop() == 0)
        #expect(try bench.qemu("compare", "-f", "raw", "-F", format, "source", "disk").status == 0)
        if format == "qcow2" { #expect(try bench.qemu("check", "disk").status == 0) }
    }

    @Test("several exports are listed and served beside each other")
    func several() throws {
        let bench = try Bench()
        for (name, format) in [("one", "raw"), ("two", "qcow2")] { try bench.makeDisk(name, format: format) }
        try bench.write("three", [UInt8](repeating: 7, count: 512))
        let service = try Service(
            bench, "-k", "s", "-t", "-e", "0", "--export", "first=one,format=raw", "--export",
            "second=two,format=qcow2,readonly,description=the second,, read", "--export", "third=three,format=raw")
        let address = service.address.replacing("first", with: "second")

        let list = try JSONValue(
            parsing: Array(try bench.peer("nbdinfo", "--list", "--json", service.address).output.utf8))
        let exports = try #require(list["exports"]?.elements)

        #expect(exports.map { $0["export-name"]?.text } == ["first", "second", "third"])
        #expect(exports.map { $0["export-size"]?.unsignedValue } == [8 << 20, 8 << 20, 512])
        #expect(exports.map { $0["is_read_only"] } == [false, true, false])
        #expect(exports[1]["description"]?.text == "the second, read")
        #expect(try bench.qemu("compare", "-f", "raw", "-F", "raw", service.address, address).status == 0)
        #expect(try bench.apus("compare", "-f", "raw", "-F", "raw", service.address, address).status == 0)
        #expect(service.stop() == 0)
    }

    @Test(
        "what a client was told is written is there after SIGTERM, and nothing is left behind",
        arguments: ["raw", "qcow2"])
    func termination(_ format: String) throws {
        let bench = try Bench()
        try #require(try bench.qemu("create", "-q", "-f", format, "disk", "8M").status == 0)
        let service = try Service(bench, "-k", "s", "-t", "--pid-file", "pid", "-f", format, "disk")
        #expect(bench.exists("s") && bench.exists("pid"))
        // It dies before it flushes.
        _ = try bench.peer("qemu-io", "-f", "raw", "-c", "write -P 77 1M 1M", "-c", "sigraise 9", service.address)

        #expect(service.stop() == 0)

        #expect(!bench.exists("s") && !bench.exists("pid"))
        #expect(
            try bench.peer("qemu-io", "-f", format, "-c", "read -P 77 1M 1M", "disk").output.contains("verification")
                == false)
        if format == "qcow2" { #expect(try bench.qemu("check", "disk").status == 0) }
    }

    @Test("a socket that somebody listens on is refused, and a stale one is replaced")
    func sockets() throws {
        let bench = try Bench()
        for name in ["one", "two"] { try bench.write(name, [UInt8](repeating: 7, count: 512)) }
        let service = try Service(bench, "-k", "s", "-t", "-f", "raw", "one")

        let refused = try bench.apus("serve", "-k", "s", "-t", "-f", "raw", "two")

        #expect(refused.status == 1)
        #expect(
            refused.errors
                == "apus image: s: somebody listens on this socket; give another path, or end who listens there\n")
        #expect(bench.exists("s"))
        #expect(service.stop() == 0)
        let stale = try bench.peer(
            "perl", "-MIO::Socket::UNIX", "-e", "IO::Socket::UNIX->new(Local => 's', Listen => 1)")
        try #require(stale.status == 0 && bench.exists("s"))
        #expect(try Service(bench, "-k", "s", "-t", "-f", "raw", "two").stop() == 0)
        try bench.write("s", [1])
        #expect(try bench.apus("serve", "-k", "s", "-t", "-f", "raw", "two").status == 1)
        #expect(bench.exists("s"))
    }

    @Test("QEMU and the server refuse each other's images")
    func locks() throws {
        let bench = try Bench()
        try bench.makeDisk("disk", format: "qcow2")
        let service = try Service(bench, "-k", "s", "-t", "-f", "qcow2", "disk")

        #expect(try bench.qemu("info", "-f", "qcow2", "disk").status == 1)
        #expect(try bench.apus("serve", "-k", "other", "-f", "qcow2", "disk").errors.contains("in use"))
        #expect(service.stop() == 0)
        #expect(try bench.qemu("info", "-f", "qcow2", "disk").status == 0)
    }

    @Test("--fork returns when clients can connect")
    func fork() throws {
        let bench = try Bench()
        try bench.makeDisk("disk", format: "raw")

        let outcome = try bench.detached(Bench.tool, ["serve", "--fork", "-k", "s", "-f", "raw", "disk"])
        let refused = try bench.detached(Bench.tool, ["serve", "--fork", "-k", "t", "-f", "raw", "nothing"])

        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(refused.status == 1 && refused.errors.contains("there is no such file"))
        // It ends with its last client.
        #expect(try bench.peer("nbdinfo", "--size", "nbd+unix:///?socket=\(bench.path("s"))").output == "8388608\n")
    }

    @Test("a format is not guessed, and what cannot be served is refused with words")
    func refusals() throws {
        let bench = try Bench()
        try bench.makeDisk("disk", format: "qcow2")

        for arguments in [
            ["disk"], ["-f", "raw"], ["-f", "qcow2", "-B", "nothing", "disk"],
            ["-f", "qcow2", "--tls-creds", "no", "disk"],
            ["-f", "qcow2", "--bind", "192.0.2.77", "-p", "0", "disk"], ["--export", "disk"], ["--export", "a=b,c=d"],
            ["-f", "qcow2", "--export", "=disk", "disk"], ["-f", "qcow2", "-k", "no/s", "disk"],
        ] {
            let outcome = try bench.apus(["serve"] + arguments)
            #expect(outcome.status == 1, "\(arguments)")
            #expect(outcome.errors.hasPrefix("apus image: "), "\(arguments) \(outcome.errors)")
        }
    }
}
