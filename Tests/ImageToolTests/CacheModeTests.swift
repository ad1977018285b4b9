// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestKit
import Testing

/// The cache modes of each command that has them, on file systems of this host; judged by qemu-img, and by strace.
@Suite("Cache modes", .enabled(if: Bench.hasQEMU, "QEMU's tools are not installed"))
struct CacheModeTests {
    static let modes = ["writeback", "writethrough", "none", "directsync", "unsafe"]

    @Test(
        "convert reads and writes in every mode",
        arguments: [
            ("writeback", "none"), ("writethrough", "writeback"), ("none", "none"), ("directsync", "directsync"),
            ("unsafe", "none"),
        ])
    func convert(_ target: String, _ source: String) throws {
        let bench = try Bench(direct: true)
        try Sample.chains[0].make(in: bench)
        // A raw image that ends within a block.
        _ = try bench.run("/bin/sh", ["-c", "head -c 3000832 /dev/urandom > odd.raw"])

        for (name, format, made) in [
            ("top.qcow2", "qcow2", "raw"), ("odd.raw", "raw", "qcow2"), ("odd.raw", "raw", "raw"),
        ] {
            let outcome = try bench.apus(
                "convert", "-t", target, "-T", source, "-f", format, "-O", made, name, "copy")
            #expect(outcome == Bench.Outcome(status: 0, output: "", errors: ""))
            #expect(
                try bench.qemu("compare", "-f", format, "-F", made, name, "copy").output == "Images are identical.\n")
            if made == "raw" {
                let sizes = try [name, "copy"].map {
                    try JSONSize.virtual(
                        try bench.qemu("info", "-f", $0 == "copy" ? made : format, "--output=json", $0).output)
                }
                #expect(sizes[0] == sizes[1])
            }
            try bench.remove("copy")
        }
    }

    @Test("commit, rebase, compare, check and bench take every mode", arguments: modes)
    func others(_ mode: String) throws {
        let bench = try Bench(direct: true)
        try Sample.chains[0].make(in: bench)
        try #require(try bench.qemu("convert", "-f", "qcow2", "-O", "raw", "top.qcow2", "before").status == 0)

        let commands = [
            ["rebase", "-t", mode, "-T", mode, "-f", "qcow2", "-b", "base.raw", "-F", "raw", "top.qcow2"],
            ["compare", "-T", mode, "-f", "qcow2", "-F", "raw", "top.qcow2", "before"],
            ["commit", "-t", mode, "-f", "qcow2", "top.qcow2"],
            ["check", "-T", mode, "-f", "qcow2", "top.qcow2"],
            ["compare", "-T", mode, "-f", "raw", "-F", "raw", "base.raw", "before"],
            ["bench", "-t", mode, "-w", "-c", "20", "-s", "1000", "-f", "qcow2", "top.qcow2"],
        ]
        for command in commands {
            let outcome = try bench.apus(command)
            #expect(outcome.status == 0, "\(command): \(outcome.errors)")
        }

        #expect(try bench.qemu("check", "-f", "qcow2", "top.qcow2").status == 0)
    }

    @Test("the kernel is told the mode", .enabled(if: Environment.program("strace") != nil, "strace is not installed"))
    func flags() throws {
        let bench = try Bench(direct: true)
        try Sample.raw[1].make(in: bench)

        for (mode, flags) in [
            ("writeback", []), ("writethrough", ["O_DSYNC"]), ("none", ["O_DIRECT"]),
            ("directsync", ["O_DIRECT", "O_DSYNC"]),
        ] {
            _ = try bench.run(
                try #require(Environment.program("strace")),
                [
                    "-e", "trace=open,openat", "-o", "trace", Bench.tool, "convert", "-t", mode, "-f", "raw", "-O",
                    "raw",
                    "full.raw", "copy",
                ])
            let lines = String(decoding: try bench.bytes("trace"), as: UTF8.self).split(separator: "\n")
            let opening = try #require(lines.last { $0.contains("\"copy\"") })
            for flag in ["O_DSYNC", "O_DIRECT"] {
                #expect(opening.contains(flag) == flags.contains(flag), "\(opening)")
            }
        }
    }

    @Test("a mode that is not there is refused")
    func unknown() throws {
        let bench = try Bench()
        try Sample.raw[0].make(in: bench)

        let outcome = try bench.apus("convert", "-t", "fast", "-f", "raw", "-O", "raw", "empty.raw", "copy")

        #expect(outcome.status == 1)
        #expect(
            outcome.errors
                == "apus image: -t fast: there is no such cache mode; write writeback, writethrough, none, directsync, "
                + "unsafe\n")
        #expect(!bench.exists("copy"))
    }
}
