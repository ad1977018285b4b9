// SPDX-License-Identifier: Apache-2.0
import Testing

/// Commands that make or change images, judged by qemu-img.
@Suite("Making and changing images as qemu-img does", .enabled(if: Bench.hasQEMU))
struct MakingTests {
    @Test(
        "create says the same and makes the same",
        arguments: [
            ["-f", "raw", "image", "10M"], ["image", "1000"], ["-f", "raw", "image", "1.5G"],
            ["-f", "raw", "-o", "preallocation=full", "image", "1M"],
            ["-f", "raw", "-o", "preallocation=falloc", "image", "1M"], ["-f", "qcow2", "image", "10G"],
            ["-f", "qcow2", "-o", "cluster_size=4k,refcount_bits=8", "image", "1G"],
            ["-f", "qcow2", "-o", "compat=0.10", "image", "1G"],
            ["-f", "qcow2", "-o", "lazy_refcounts=on,extended_l2=on", "image", "1G"],
            ["-f", "qcow2", "-b", "base", "-F", "raw", "image"],
        ])
    func create(_ arguments: [String]) throws {
        let bench = try Bench()
        try #require(try bench.qemu("create", "-q", "-f", "raw", "base", "3M").status == 0)
        let format = arguments.contains("qcow2") ? "qcow2" : "raw"
        func info() throws -> String {
            try Bench.normalized(try bench.qemu("info", "-f", format, "--output=json", "image").output)
                .split(separator: "\n").filter { !$0.contains("actual-size") }.joined(separator: "\n")
        }

        let theirs = try bench.qemu(["create"] + arguments)
        let theirInfo = try info()
        try bench.remove("image")
        let ours = try bench.apus(["create"] + arguments)

        #expect(ours == theirs)
        #expect(try info() == theirInfo)
        if format == "qcow2" { #expect(try bench.qemu("check", "-f", "qcow2", "image").status == 0) }
    }

    @Test("convert keeps the contents", arguments: Sample.all, ["raw", "qcow2"])
    func convert(_ sample: Sample, _ format: String) throws {
        let bench = try Bench()
        try sample.make(in: bench)

        let outcome = try bench.apus("convert", "-f", sample.format, "-O", format, sample.name, "copy")

        #expect(outcome == Bench.Outcome(status: 0, output: "", errors: ""))
        let verdict = try bench.qemu("compare", "-f", sample.format, "-F", format, sample.name, "copy")
        #expect(verdict.output == "Images are identical.\n", "\(verdict.errors)")
        if format == "qcow2" { #expect(try bench.qemu("check", "-f", "qcow2", "copy").status == 0) }
    }

    @Test("convert compresses", arguments: ["zlib", "zstd"])
    func compress(_ kind: String) throws {
        let bench = try Bench()
        try Sample.raw[1].make(in: bench)

        let outcome = try bench.apus(
            "convert", "-c", "-f", "raw", "-O", "qcow2", "-o", "compression_type=\(kind)", "full.raw", "copy")

        #expect(outcome == Bench.Outcome(status: 0, output: "", errors: ""))
        #expect(try bench.qemu("compare", "-f", "raw", "-F", "qcow2", "full.raw", "copy").status == 0)
        let check = try bench.qemu("check", "-f", "qcow2", "copy")
        #expect(check.status == 0)
        #expect(check.output.contains("100.00% compressed clusters"))
    }

    @Test("convert puts several images one behind the other")
    func join() throws {
        let bench = try Bench()
        for sample in Sample.raw { try sample.make(in: bench) }

        for program in [bench.apus, bench.qemu] as [([String]) throws -> Bench.Outcome] {
            let name = bench.exists("first") ? "second" : "first"
            let outcome = try program(["convert", "-f", "raw", "-O", "raw", "full.raw", "empty.raw", "full.raw", name])
            #expect(outcome.status == 0)
        }

        #expect(try bench.bytes("first") == bench.bytes("second"))
    }

    @Test("convert leaves holes, or none", arguments: ["4k", "64k", "0"])
    func holes(_ size: String) throws {
        let bench = try Bench()
        try Sample.raw[1].make(in: bench)

        typealias Program = ([String]) throws -> Bench.Outcome
        for (program, name) in [(bench.apus, "ours"), (bench.qemu, "theirs")] as [(Program, String)] {
            let outcome = try program(["convert", "-S", size, "-f", "raw", "-O", "raw", "full.raw", name])
            #expect(outcome.status == 0)
        }

        let (ours, theirs) = (
            try bench.qemu("map", "-f", "raw", "--output=json", "ours").output,
            try bench.qemu("map", "-f", "raw", "--output=json", "theirs").output
        )
        #expect(ours == theirs)
    }

    @Test("convert writes into an image that is there, zeros too")
    func keepTarget() throws {
        let bench = try Bench()
        for sample in Sample.raw { try sample.make(in: bench) }
        try #require(try bench.qemu("create", "-q", "-f", "raw", "target", "8M").status == 0)
        try bench.fill("target", format: "raw", "write -P 99 0 8M")

        let outcome = try bench.apus("convert", "-n", "-f", "raw", "-O", "raw", "full.raw", "target")

        #expect(outcome.status == 0)
        #expect(try bench.bytes("target") == bench.bytes("full.raw"))
    }

    @Test(
        "dd copies the same part",
        arguments: [
            [], ["bs=1M"], ["bs=1M", "count=2"], ["bs=1M", "skip=2"], ["bs=64k", "skip=10", "count=20"],
            ["bs=1000", "count=3"], ["bs=1M", "skip=9"], ["bs=512", "skip=5", "count=3"],
        ])
    func dd(_ operands: [String]) throws {
        let bench = try Bench()
        try Sample.raw[1].make(in: bench)

        let theirs = try bench.qemu(["dd", "-f", "raw", "-O", "raw"] + operands + ["if=full.raw", "of=theirs"])
        let ours = try bench.apus(["dd", "-f", "raw", "-O", "raw"] + operands + ["if=full.raw", "of=ours"])

        #expect(ours.status == theirs.status)
        #expect(try bench.bytes("ours") == bench.bytes("theirs"))
    }

    @Test(
        "resize does the same",
        arguments: [
            ["image", "16M"], ["image", "+1M"], ["image", "+1.5M"], ["--shrink", "image", "-1M"],
            ["--shrink", "image", "1M"], ["image", "8M"], ["image", "-1M"], ["image", "4M"], ["image", "x"],
        ], ["raw", "qcow2"])
    func resize(_ arguments: [String], _ format: String) throws {
        let bench = try Bench()
        func attempt(_ program: ([String]) throws -> Bench.Outcome) throws -> (Int32, String, UInt64) {
            try #require(try bench.qemu("create", "-q", "-f", format, "image", "8M").status == 0)
            let outcome = try program(["resize", "-f", format] + arguments)
            let info = try JSONSize.virtual(try bench.qemu("info", "-f", format, "--output=json", "image").output)
            try bench.remove("image")
            return (outcome.status, outcome.output, info)
        }

        #expect(try attempt(bench.apus) == attempt(bench.qemu))
    }

    @Test("resize sets room aside", arguments: ["full", "falloc"])
    func resizeWithRoom(_ preallocation: String) throws {
        let bench = try Bench()
        try Sample.raw[0].make(in: bench)

        let outcome = try bench.apus("resize", "-f", "raw", "--preallocation=\(preallocation)", "empty.raw", "+1M")

        #expect(outcome == Bench.Outcome(status: 0, output: "Image resized.\n", errors: ""))
        let info = try bench.qemu("info", "-f", "raw", "empty.raw").output
        #expect(info.contains("virtual size: 9 MiB (9437184 bytes)\ndisk size: 1 MiB\n"))
    }

    @Test("snapshots are made, applied and deleted")
    func snapshots() throws {
        let bench = try Bench()
        try Sample.qcow2[0].make(in: bench)
        try #require(try bench.qemu("convert", "-f", "qcow2", "-O", "raw", "plain.qcow2", "before").status == 0)

        #expect(try bench.apus("snapshot", "-f", "qcow2", "-c", "one", "plain.qcow2").status == 0)
        try bench.fill("plain.qcow2", format: "qcow2", "write -P 200 0 4M")
        #expect(try bench.qemu("compare", "-f", "qcow2", "-F", "raw", "plain.qcow2", "before").status == 1)
        #expect(try bench.apus("snapshot", "-f", "qcow2", "-a", "one", "plain.qcow2").status == 0)
        #expect(try bench.qemu("compare", "-f", "qcow2", "-F", "raw", "plain.qcow2", "before").status == 0)
        #expect(try bench.apus("snapshot", "-f", "qcow2", "-d", "one", "plain.qcow2").status == 0)
        #expect(try bench.qemu("check", "-f", "qcow2", "plain.qcow2").status == 0)
        #expect(try bench.qemu("snapshot", "-l", "plain.qcow2").output.isEmpty)
    }

    @Test("commit moves the contents down and empties the image")
    func commit() throws {
        let bench = try Bench()
        try Sample.chains[0].make(in: bench)
        try #require(try bench.qemu("convert", "-f", "qcow2", "-O", "raw", "top.qcow2", "before").status == 0)

        let outcome = try bench.apus("commit", "-f", "qcow2", "top.qcow2")

        #expect(outcome == Bench.Outcome(status: 0, output: "Image committed.\n", errors: ""))
        for name in ["top.qcow2", "middle.qcow2"] {
            #expect(try bench.qemu("compare", "-f", "qcow2", "-F", "raw", name, "before").status == 0)
            #expect(try bench.qemu("check", "-f", "qcow2", name).status == 0)
        }
        let map = try bench.qemu("map", "-f", "qcow2", "--output=json", "top.qcow2").output
        #expect(!map.contains("\"depth\": 0"))
    }

    @Test("rebase keeps the contents over another image, or over none", arguments: ["other.raw", ""])
    func rebase(_ backing: String) throws {
        let bench = try Bench()
        try Sample.chains[0].make(in: bench)
        try bench.fill("middle.qcow2", format: "qcow2", "write -P 44 3M 1M")
        try #require(try bench.qemu("create", "-q", "-f", "raw", "other.raw", "4M").status == 0)
        try bench.fill("other.raw", format: "raw", "write -P 45 0 4M")
        try #require(try bench.qemu("convert", "-f", "qcow2", "-O", "raw", "top.qcow2", "before").status == 0)

        let format = backing.isEmpty ? [] : ["-F", "raw"]
        let outcome = try bench.apus(["rebase", "-f", "qcow2", "-b", backing] + format + ["top.qcow2"])

        #expect(outcome == Bench.Outcome(status: 0, output: "", errors: ""))
        #expect(try bench.qemu("compare", "-f", "qcow2", "-F", "raw", "top.qcow2", "before").status == 0)
        #expect(try bench.qemu("check", "-f", "qcow2", "top.qcow2").status == 0)
        let info = try bench.qemu("info", "-f", "qcow2", "top.qcow2").output
        #expect(info.contains("backing file: other.raw") == !backing.isEmpty)
    }
}
