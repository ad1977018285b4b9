// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Images on the NBD servers of other projects.
@Suite("Images on NBD servers", .enabled(if: Bench.hasPeers))
struct NetworkImageTests {
    /// qemu-nbd, which runs until its last client has left.
    private func serve(_ bench: Bench, _ options: String..., disk: String = "disk") throws {
        let place = ["--fork", "-t", "-k", bench.path("q"), "--pid-file", bench.path("pid")]
        let outcome = try bench.peer("qemu-nbd", place + options + [bench.path(disk)])
        try #require(outcome.status == 0, "\(outcome.errors)")
    }

    private func end(_ bench: Bench) throws {
        let text = String(decoding: try bench.bytes("pid"), as: UTF8.self)
        kill(try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))), SIGTERM)
    }

    private static let address = "nbd+unix:///disk?socket=q"

    @Test("info and map say what qemu-img says, however the export is named")
    func looking() throws {
        let bench = try Bench()
        try bench.makeDisk("disk", format: "qcow2")
        try serve(bench, "-f", "qcow2", "-x", "disk", "-e", "0")
        defer { try? end(bench) }

        for address in [Self.address, "nbd:unix:q:exportname=disk"] {
            let (info, map) = (
                try bench.apus("info", "-f", "raw", "--output=json", address),
                try bench.apus("map", "-f", "raw", "--output=json", address)
            )
            #expect(info.status == 0, "\(info.errors)")
            let theirs = try bench.qemu("info", "-f", "raw", "--output=json", Self.address)
            #expect(
                try Bench.normalized(info.output.replacing(address, with: Self.address))
                    == Bench.normalized(theirs.output.replacing("nbd+unix:\\/\\/", with: "nbd+unix://")))
            #expect(map.output == (try bench.qemu("map", "-f", "raw", "--output=json", Self.address)).output)
        }
        #expect(
            try bench.apus("info", "-f", "raw", Self.address).output
                == bench.qemu("info", "-f", "raw", Self.address).output)
    }

    @Test("convert, compare and dd read and write it")
    func copying() throws {
        let bench = try Bench()
        try bench.makeDisk("source", format: "raw")
        try #require(try bench.qemu("create", "-q", "-f", "qcow2", "disk", "8M").status == 0)
        try serve(bench, "-f", "qcow2", "-x", "disk", "-e", "0")
        defer { try? end(bench) }

        let into = try bench.apus("convert", "-n", "-f", "raw", "-O", "raw", "source", Self.address)
        let compared = try bench.apus("compare", "-f", "raw", "-F", "raw", "source", Self.address)
        let out = try bench.apus("convert", "-f", "raw", "-O", "raw", Self.address, "copy")
        let part = try bench.apus("dd", "-f", "raw", "-O", "raw", "bs=1M", "count=2", "if=\(Self.address)", "of=part")

        for outcome in [into, compared, out, part] { #expect(outcome.status == 0, "\(outcome.errors)") }
        #expect(try bench.bytes("copy") == bench.bytes("source"))
        #expect(try bench.bytes("part") == bench.bytes("source").prefix(2 << 20))
    }

    /// Peculiar servers that are right all the same.
    @Test(
        "servers of any kind are read",
        arguments: [
            ["pattern", "3M"], ["--no-sr", "pattern", "3M"], ["--filter=noextents", "pattern", "3M"],
            ["--filter=delay", "pattern", "3M", "rdelay=1ms"],
            ["--filter=truncate", "pattern", "1000000", "truncate=3M"],
            ["--mask-handshake=0", "pattern", "3M"], ["--mask-handshake=1", "pattern", "3M"],
            ["--filter=nocache", "--filter=nozero", "--filter=multi-conn", "pattern", "3M"],
            ["sparse-random", "3M", "seed=1"], ["--filter=blocksize", "pattern", "3M", "maxdata=64k", "minblock=512"],
        ])
    func servers(_ options: [String]) throws {
        let bench = try Bench()

        let copied = try bench.apus(["convert", "-f", "raw", "-O", "raw", "@", "copy"], overNBDKit: options)
        let theirs = try bench.peer("nbdkit", ["-U", "-"] + options + ["--run", "nbdcopy \"$uri\" theirs"])

        #expect(copied.status == 0, "\(copied.errors)")
        #expect(theirs.status == 0, "\(theirs.errors)")
        #expect(try bench.bytes("copy") == bench.bytes("theirs"))
    }

    @Test(
        "servers that fail are told of, and nothing is left half done",
        arguments: [
            (["--filter=error", "pattern", "3M", "error-pread=ENOSPC", "error-pread-rate=100%"], "full"),
            (["--filter=error", "pattern", "3M", "error=EIO", "error-pread-rate=100%"], "Input/output error"),
            (["--oldstyle", "pattern", "3M"], "oldstyle"),
        ])
    func failures(_ options: [String], _ words: String) throws {
        let bench = try Bench()

        let outcome = try bench.apus(["convert", "-f", "raw", "-O", "raw", "@", "copy"], overNBDKit: options)

        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(!bench.exists("copy"))
    }

    @Test("a server that dies in the middle ends the command with words")
    func death() throws {
        let bench = try Bench()
        let options = [
            "eval", "get_size=echo 8M",
            "pread=if [ $4 -ge 4000000 ]; then kill -9 $PPID; fi; dd if=/dev/zero bs=$3 count=1",
        ]

        _ = try bench.apus(["convert", "-f", "raw", "-O", "raw", "@", "copy"], overNBDKit: options)

        #expect(!bench.exists("copy"))
    }

    @Test("what is no address, or no server, is refused with words")
    func refusals() throws {
        let bench = try Bench()
        try bench.write("file", [UInt8](repeating: 0, count: 512))

        for address in [
            "nbd+unix:///?socket=nothing", "nbd+unix://host/?socket=s", "nbd+unix:///", "nbd://", "nbd://host:x/",
            "nbd:host",
            "nbd+vsock://1", "nbds://localhost", "nbd://localhost?tls-certificates=x", "nbd://localhost/%zz",
            "nbd:unix:file",
            "nbd://127.0.0.1:1/", "nbd://localhost?colour=red",
        ] {
            let outcome = try bench.apus("info", "-f", "raw", address)
            #expect(outcome.status == 1, "\(address)")
            #expect(outcome.errors.hasPrefix("apus image: \(address): "), "\(outcome.errors)")
        }
        #expect(try bench.apus("info", "-f", "qcow2", "nbd://localhost/").errors.contains("raw alone"))
        #expect(try bench.apus("convert", "-f", "raw", "-O", "raw", "file", "nbd://localhost/").errors.contains("-n"))
    }

    @Test("an image does not decide whom the tool connects to")
    func backing() throws {
        let bench = try Bench()
        try #require(
            try bench.qemu("create", "-q", "-u", "-f", "qcow2", "-b", "nbd://127.0.0.1:1/x", "-F", "raw", "disk", "1M")
                .status == 0)

        let outcome = try bench.apus("convert", "-f", "qcow2", "-O", "raw", "disk", "copy")

        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("does not decide"))
    }
}
