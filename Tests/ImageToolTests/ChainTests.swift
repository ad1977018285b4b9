// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

/// `commit` and `rebase` on chains, judged by qemu-img.
@Suite("Chains of images", .enabled(if: Bench.hasQEMU, "QEMU's tools are not installed"))
struct ChainTests {
    /// Four images, each with something of its own; two are shorter than those below them, and one than those above.
    private static func chain(_ bench: Bench) throws {
        try #require(try bench.qemu("create", "-q", "-f", "raw", "base.raw", "8M").status == 0)
        try bench.fill("base.raw", format: "raw", "write -P 1 0 8M")
        let images = [
            ("low.qcow2", "base.raw", "raw", "8M"), ("middle.qcow2", "low.qcow2", "qcow2", "5M"),
            ("top.qcow2", "middle.qcow2", "qcow2", "9M"),
        ]
        for (name, below, format, size) in images {
            try #require(
                try bench.qemu("create", "-q", "-f", "qcow2", "-b", below, "-F", format, name, size).status == 0)
        }
        try bench.fill("low.qcow2", format: "qcow2", "write -P 2 1M 1M", "write -P 2 6M 1M")
        try bench.fill("middle.qcow2", format: "qcow2", "write -P 3 1536k 1M", "write -z 3M 64k")
        try bench.fill("top.qcow2", format: "qcow2", "write -P 4 2M 64k", "write -z 4M 128k", "write -P 4 8500k 64k")
        try #require(try bench.qemu("convert", "-f", "qcow2", "-O", "raw", "top.qcow2", "before").status == 0)
    }

    private static func isSame(_ bench: Bench, _ name: String, _ format: String = "qcow2") throws -> Bool {
        try bench.qemu("compare", "-f", format, "-F", "raw", name, "before").status == 0
    }

    @Test(
        "commit goes down to any image of the chain, and the image stays as it is",
        arguments: [
            ("low.qcow2", "qcow2"), ("./low.qcow2", "qcow2"), ("base.raw", "raw"), ("middle.qcow2", "qcow2"),
        ])
    func commitBelow(_ base: String, _ format: String) throws {
        let bench = try Bench()
        try Self.chain(bench)
        let top = try bench.bytes("top.qcow2")

        let outcome = try bench.apus("commit", "-b", base, "-f", "qcow2", "top.qcow2")

        #expect(outcome == Bench.Outcome(status: 0, output: "Image committed.\n", errors: ""))
        #expect(try Self.isSame(bench, base, format))
        #expect(try bench.bytes("top.qcow2") == top)
        if format == "qcow2" { #expect(try bench.qemu("check", "-f", "qcow2", base).status == 0) }
    }

    @Test(
        "commit to an image that is not below is refused, and nothing is changed", arguments: ["before", "top.qcow2"])
    func commitElsewhere(_ base: String) throws {
        let bench = try Bench()
        try Self.chain(bench)
        let low = try bench.bytes("low.qcow2")

        let outcome = try bench.apus("commit", "-b", base, "-f", "qcow2", "top.qcow2")

        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("apus image: -b \(base): no image below top.qcow2 is that one; "))
        #expect(try bench.bytes("low.qcow2") == low)
    }

    @Test("commit leaves the image as it is where that is asked for, and keeps to a rate")
    func commitAndKeep() throws {
        let bench = try Bench()
        try Self.chain(bench)
        let top = try bench.bytes("top.qcow2")

        let outcome = try bench.apus("commit", "-d", "-r", "1G", "-p", "-f", "qcow2", "top.qcow2")

        #expect(outcome.status == 0)
        #expect(outcome.errors.hasSuffix("    (100.00/100%)\r\n"))
        #expect(try bench.bytes("top.qcow2") == top)
        #expect(try Self.isSame(bench, "middle.qcow2"))
        #expect(try bench.qemu("check", "-f", "qcow2", "middle.qcow2").status == 0)
    }

    @Test("rebase -u writes the name down and nothing else", arguments: ["other.qcow2", "", "not-there.qcow2"])
    func rebaseName(_ name: String) throws {
        let bench = try Bench()
        try Self.chain(bench)
        _ = try bench.run("/bin/cp", ["middle.qcow2", "other.qcow2"])
        let map = try bench.qemu("map", "-f", "qcow2", "--output=json", "top.qcow2").output

        let format = name.isEmpty ? [] : ["-F", "qcow2"]
        let outcome = try bench.apus(["rebase", "-u", "-f", "qcow2", "-b", name] + format + ["top.qcow2"])

        #expect(outcome == Bench.Outcome(status: 0, output: "", errors: ""))
        let info = try JSONValue(
            parsing: Array(try bench.qemu("info", "-f", "qcow2", "--output=json", "top.qcow2").output.utf8))
        #expect(info["backing-filename"]?.text == (name.isEmpty ? nil : name))
        #expect(info["backing-filename-format"]?.text == (name.isEmpty ? nil : "qcow2"))
        if name != "not-there.qcow2" { #expect(try bench.qemu("check", "-f", "qcow2", "top.qcow2").status == 0) }
        if name == "other.qcow2" {
            #expect(try Self.isSame(bench, "top.qcow2"))
            #expect(try bench.qemu("map", "-f", "qcow2", "--output=json", "top.qcow2").output == map)
        }
    }

    @Test(
        "safe rebase keeps what the image shows over any image", arguments: ["low.qcow2", "base.raw", "small.raw", ""])
    func rebase(_ name: String) throws {
        let bench = try Bench()
        try Self.chain(bench)
        _ = try bench.run("/bin/sh", ["-c", "head -c 1000448 /dev/urandom > small.raw"])

        let format = name.isEmpty ? [] : ["-F", name.hasSuffix("raw") ? "raw" : "qcow2"]
        let outcome = try bench.apus(["rebase", "-f", "qcow2", "-b", name] + format + ["top.qcow2"])

        #expect(outcome == Bench.Outcome(status: 0, output: "", errors: ""))
        #expect(try Self.isSame(bench, "top.qcow2"))
        #expect(try bench.qemu("check", "-f", "qcow2", "top.qcow2").status == 0)
        if name == "low.qcow2" {
            // What both chains show alike, at the front, is not copied.
            let map = try bench.qemu("map", "-f", "qcow2", "--output=json", "-l", "64k", "top.qcow2").output
            #expect(!map.contains("\"depth\": 0"), "\(map)")
        }
    }

    @Test(
        "rebase refuses a format that is not said, an image of no format for it, and itself",
        arguments: [
            (["-b", "low.qcow2", "top.qcow2"], "-b low.qcow2: the backing image's format is missing"),
            (["-b", "top.qcow2", "-F", "qcow2", "top.qcow2"], "top.qcow2: the image is in use"),
            (["-b", "nothing", "-F", "raw", "top.qcow2"], "nothing: there is no such file"),
        ])
    func rebaseRefused(_ arguments: [String], _ sentence: String) throws {
        let bench = try Bench()
        try Self.chain(bench)
        let top = try bench.bytes("top.qcow2")

        let outcome = try bench.apus(["rebase", "-f", "qcow2"] + arguments)

        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("apus image: \(sentence)"), "\(outcome.errors)")
        #expect(try bench.bytes("top.qcow2") == top)
    }
}
