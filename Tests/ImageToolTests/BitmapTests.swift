// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

/// Bitmaps by both tools: the same command lines on images that are alike.
@Suite("Bitmaps of images as qemu-img keeps them", .enabled(if: Bench.hasQEMU))
struct BitmapTests {
    private static let size = "3M"

    /// What `info` says of an image's bitmaps, as qemu-img tells it.
    private static func bitmaps(_ name: String, in bench: Bench) throws -> String {
        let outcome = try bench.qemu("info", "-f", "qcow2", "--output=json", name)
        let value = try JSONValue(parsing: Array(outcome.output.utf8))
        return value["format-specific"]?["data"]?["bitmaps"]?.serialized(.pretty(sortedKeys: true)) ?? ""
    }

    /// An image with bitmaps `a`, with contents and recording, `b`, disabled and finer; another one; one of version 2.
    private static func make(in bench: Bench) throws {
        for command in [
            ["create", "-q", "-f", "qcow2", "image", size], ["create", "-q", "-f", "qcow2", "other", size],
            ["create", "-q", "-f", "qcow2", "-o", "compat=0.10", "old", size],
            ["create", "-q", "-f", "raw", "raw", size],
            ["create", "-q", "-f", "qcow2", "large", "4M"], ["bitmap", "-f", "qcow2", "--add", "image", "a"],
            ["bitmap", "-f", "qcow2", "--add", "--disable", "-g", "512", "image", "b"],
            ["bitmap", "-f", "qcow2", "--add", "-g", "4k", "other", "a"],
            ["bitmap", "-f", "qcow2", "--add", "large", "a"],
        ] {
            let outcome = try bench.qemu(command)
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        try bench.fill("image", format: "qcow2", "write -P 1 100k 1k")
        try bench.fill("other", format: "qcow2", "write -P 1 2M 1k")
    }

    @Test(
        "a command line ends as qemu-img's does, and leaves the same bitmaps",
        arguments: [
            ["--add", "image", "c"], ["--add", "-g", "512", "--disable", "image", "c"], ["--add", "image", "a"],
            ["--add", "-g", "100", "image", "c"], ["--add", "-g", "4G", "image", "c"], ["--add", "image", ""],
            ["--add", "--remove", "image", "c"], ["--remove", "--add", "image", "a"], ["--remove", "image", "c"],
            ["--disable", "--enable", "image", "a"], ["--enable", "--disable", "image", "a"],
            ["--clear", "image", "a"], ["--clear", "-g", "64k", "image", "a"], ["image", "a"],
            ["--merge", "b", "image", "a"], ["--merge", "c", "image", "a"], ["--merge", "a", "image", "a"],
            ["--add", "--merge", "a", "--merge", "b", "--disable", "image", "c"],
            ["--clear", "--merge", "a", "-b", "other", "-F", "qcow2", "image", "b"],
            ["--merge", "a", "-b", "large", "-F", "qcow2", "image", "b"],
            ["--clear", "-b", "other", "-F", "qcow2", "image", "b"], ["--clear", "-F", "qcow2", "image", "b"],
            ["--merge=a", "-b", "other", "-F", "qcow2", "--disable", "image", "a"], ["--add", "old", "a"],
            ["--remove", "image", "a"], ["--enable", "image", "b"], ["--add", "missing", "a"], ["--add", "image"],
        ])
    func command(_ arguments: [String]) throws {
        let bench = try Bench()
        try Self.make(in: bench)
        let name = arguments.contains("old") ? "old" : "image"
        try bench.write("copy", Array(try bench.bytes(name)))
        let theirs = try bench.qemu(["bitmap", "-f", "qcow2"] + arguments)
        let theirBitmaps = try Self.bitmaps(name, in: bench)
        let theirBits = try Self.bits(name, in: bench)

        try bench.write(name, Array(try bench.bytes("copy")))
        let ours = try bench.apus(["bitmap", "-f", "qcow2"] + arguments)

        #expect(ours.status == theirs.status, "\(ours.errors) \(theirs.errors)")
        #expect(ours.output == theirs.output)
        #expect(ours.errors.isEmpty == theirs.errors.isEmpty, "\(ours.errors)")
        #expect(try Self.bitmaps(name, in: bench) == theirBitmaps)
        #expect(try Self.bits(name, in: bench) == theirBits)
        let check = try bench.qemu("check", "-f", "qcow2", name)
        #expect(check.status == 0, "\(check.output)\(check.errors)")
    }

    /// What each bitmap has set.
    private static func bits(_ name: String, in bench: Bench) throws -> [String] {
        let probe = try BitmapProbe(bench.path(name))
        return try ["a", "b", "c"].map { "\($0): \(BitmapProbe.text(try probe.ranges(of: $0)))" }
    }

    @Test("raw images keep none")
    func raw() throws {
        let bench = try Bench()
        try Self.make(in: bench)

        let outcome = try bench.apus("bitmap", "-f", "raw", "--add", "raw", "a")

        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("raw: raw images keep no bitmaps"), "\(outcome.errors)")
    }

    @Test("info tells them with the same keys, in JSON and for people")
    func info() throws {
        let bench = try Bench()
        try Self.make(in: bench)

        let theirs = try bench.qemu("info", "-f", "qcow2", "--output=json", "image")
        let ours = try bench.apus("info", "-f", "qcow2", "--output=json", "image")

        #expect(try Bench.normalized(ours.output) == Bench.normalized(theirs.output))
        #expect(try bench.apus("info", "-f", "qcow2", "image").output == bench.qemu("info", "image").output)
    }

    @Test("measure counts them", arguments: ["512", "64k", "2M"])
    func measure(_ cluster: String) throws {
        let bench = try Bench()
        try Self.make(in: bench)
        let arguments = ["measure", "-f", "qcow2", "-O", "qcow2", "-o", "cluster_size=\(cluster)", "image"]

        func sizes(_ outcome: Bench.Outcome) -> [Substring] { Array(outcome.output.split(separator: "\n").dropFirst()) }
        let theirs = sizes(try bench.qemu(arguments))

        #expect(theirs.count == 2 && theirs[1].hasPrefix("bitmaps size: "))
        #expect(sizes(try bench.apus(arguments)) == theirs)
    }

    @Test(
        "convert copies them or refuses as qemu-img does",
        arguments: [
            ["-O", "qcow2", "--bitmaps", "image", "copy"], ["-O", "qcow2", "image", "copy"],
            ["-O", "raw", "--bitmaps", "image", "copy"], ["-O", "qcow2", "--bitmaps", "image", "other", "copy"],
            ["-O", "qcow2", "--skip-broken-bitmaps", "image", "copy"], ["-O", "qcow2", "--bitmaps", "old", "copy"],
            ["-O", "qcow2", "-o", "compat=0.10", "--bitmaps", "image", "copy"],
            ["-O", "qcow2", "-o", "cluster_size=512", "--bitmaps", "image", "copy"],
            ["-O", "qcow2", "-c", "--bitmaps", "image", "copy"],
            ["-O", "qcow2", "-n", "--bitmaps", "image", "other"],
        ])
    func convert(_ arguments: [String]) throws {
        let bench = try Bench()
        try Self.make(in: bench)
        let theirs = try bench.qemu(["convert", "-f", "qcow2"] + arguments)
        let theirBitmaps = theirs.status == 0 ? try Self.bitmaps("copy", in: bench) : ""
        let theirBits = theirs.status == 0 ? try Self.bits("copy", in: bench) : []
        if bench.exists("copy") { try bench.remove("copy") }

        let ours = try bench.apus(["convert", "-f", "qcow2"] + arguments)

        #expect(ours.status == theirs.status, "\(ours.errors) \(theirs.errors)")
        guard ours.status == 0 else {
            #expect(!bench.exists("copy"))
            return
        }
        #expect(try Self.bitmaps("copy", in: bench) == theirBitmaps)
        #expect(try Self.bits("copy", in: bench) == theirBits)
        #expect(try bench.qemu("check", "-f", "qcow2", "copy").status == 0)
    }

    @Test("one that was left in use stops a copy, or is left out")
    func broken() throws {
        let bench = try Bench()
        try Self.make(in: bench)
        _ = try bench.run("/usr/bin/env", ["qemu-io", "-f", "qcow2", "-c", "write 0 64k", "-c", "abort", "image"])

        let refused = try bench.apus("convert", "-f", "qcow2", "-O", "qcow2", "--bitmaps", "image", "copy")
        #expect(refused.status == 1 && !bench.exists("copy"))
        #expect(refused.errors.contains("is inconsistent and cannot be copied; "), "\(refused.errors)")
        let skipped = try bench.apus(
            "convert", "-f", "qcow2", "-O", "qcow2", "--bitmaps", "--skip-broken-bitmaps", "image", "copy")
        #expect(skipped.status == 0)
        #expect(skipped.errors.contains("left out"))
        #expect(try Self.bitmaps("copy", in: bench).isEmpty)
        let theirs = try bench.qemu("info", "-f", "qcow2", "--output=json", "image")
        let ours = try bench.apus("info", "-f", "qcow2", "--output=json", "image")
        #expect(try Bench.normalized(ours.output) == Bench.normalized(theirs.output))
        #expect(try bench.apus("bitmap", "-f", "qcow2", "--clear", "image", "a").status == 1)
        #expect(try bench.apus("resize", "-f", "qcow2", "image", "8M").status == 1)
        #expect(try bench.apus("bitmap", "-f", "qcow2", "--remove", "image", "a").status == 0)
        #expect(try bench.qemu("check", "-f", "qcow2", "image").status == 0)
    }

    @Test("what is committed to an image is recorded there, and what is emptied is no change")
    func commit() throws {
        for isOurs in [false, true] {
            let bench = try Bench()
            try Self.make(in: bench)
            try #require(
                try bench.qemu("create", "-q", "-f", "qcow2", "-b", "image", "-F", "qcow2", "top").status == 0)
            try #require(try bench.qemu("bitmap", "-f", "qcow2", "--add", "top", "a").status == 0)
            try bench.fill("top", format: "qcow2", "write -P 7 1M 64k")

            let outcome = try isOurs ? bench.apus("commit", "-f", "qcow2", "top") : bench.qemu("commit", "top")

            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(
                BitmapProbe.text(try BitmapProbe(bench.path("image")).ranges(of: "a")) == "65536+65536 1048576+65536")
            #expect(BitmapProbe.text(try BitmapProbe(bench.path("top")).ranges(of: "a")) == "1048576+65536")
            #expect(try bench.qemu("check", "-f", "qcow2", "image").status == 0)
            #expect(try bench.qemu("check", "-f", "qcow2", "top").status == 0)
        }
    }
}
