// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

/// Room that is given beforehand, repair, and requests that are measured; judged by qemu-img.
@Suite("Room, repair and bench", .enabled(if: Bench.hasQEMU, "QEMU's tools are not installed"))
struct RoomTests {
    private static func json(_ bench: Bench, _ arguments: String...) throws -> JSONValue {
        try JSONValue(parsing: Array(try bench.qemu(arguments).output.utf8))
    }

    @Test(
        "resize maps what is new, as qemu-img does",
        arguments: ["off", "metadata", "falloc", "full"],
        [
            ["-o", "cluster_size=64k"], ["-o", "compat=0.10"], ["-o", "extended_l2=on"], ["-o", "cluster_size=512"],
            ["-b", "base", "-F", "raw"],
        ])
    func resize(_ preallocation: String, _ options: [String]) throws {
        let bench = try Bench()
        try #require(try bench.qemu("create", "-q", "-f", "raw", "base", "9M").status == 0)
        try bench.fill("base", format: "raw", "write -P 77 0 9M")
        try #require(try bench.qemu(["create", "-q", "-f", "qcow2"] + options + ["image", "2000k"]).status == 0)
        try bench.fill("image", format: "qcow2", "write -P 5 1900k 100k")
        _ = try bench.run("/bin/cp", ["image", "theirs"])

        let arguments = ["resize", "-f", "qcow2", "--preallocation=\(preallocation)"]
        let ours = try bench.apus(arguments + ["image", "5M"])
        let theirs = try bench.qemu(arguments + ["theirs", "5M"])

        #expect(ours == Bench.Outcome(status: 0, output: "Image resized.\n", errors: ""))
        try #require(theirs.status == 0, "\(theirs.errors)")
        #expect(try bench.qemu("check", "-f", "qcow2", "image").status == 0)
        #expect(try bench.qemu("compare", "-f", "qcow2", "-F", "qcow2", "image", "theirs").status == 0)
        if options[0] != "-b" {
            let counts = try ["image", "theirs"].map { name in
                try Self.json(bench, "check", "-f", "qcow2", "--output=json", name)["allocated-clusters"]?.unsignedValue
            }
            #expect(counts[0] == counts[1])
        }
        try bench.fill("image", format: "qcow2", "write -P 6 1M 4M")
        #expect(try bench.qemu("check", "-f", "qcow2", "image").status == 0)
    }

    @Test("an image becomes smaller only where that is asked for, and gives its room back")
    func shrink() throws {
        let bench = try Bench()
        try Sample.qcow2[0].make(in: bench)

        #expect(try bench.apus("resize", "-f", "qcow2", "plain.qcow2", "4M").status == 1)
        #expect(
            try bench.apus("resize", "-f", "qcow2", "--shrink", "--preallocation=full", "plain.qcow2", "4M").status == 1
        )
        #expect(try bench.apus("resize", "-f", "qcow2", "--shrink", "plain.qcow2", "4M").status == 0)

        let check = try Self.json(bench, "check", "-f", "qcow2", "--output=json", "plain.qcow2")
        #expect(check["total-clusters"]?.unsignedValue == 64)
        #expect(check["leaks"] == nil && check["corruptions"] == nil)
    }

    @Test(
        "create takes the format's options, and makes what qemu-img makes",
        arguments: [
            "preallocation=metadata", "preallocation=falloc", "preallocation=full",
            "preallocation=metadata,extended_l2=on", "preallocation=full,cluster_size=2M", "lazy_refcounts=on",
            "refcount_bits=1", "refcount_bits=64,cluster_size=512", "compression_type=zstd", "compat=v3,extended_l2=on",
            "data_file=data", "data_file=data,data_file_raw=on", "data_file=data,preallocation=metadata",
            "data_file=data,data_file_raw=on,preallocation=full",
        ])
    func create(_ options: String) throws {
        let bench = try Bench()
        func look() throws -> [String] {
            let info = try bench.qemu("info", "-f", "qcow2", "--output=json", "image").output
            let check = try bench.qemu("check", "-f", "qcow2", "--output=json", "image").output
            let map = try bench.qemu("map", "-f", "qcow2", "--output=json", "image").output
            // Where things lie in the file is each program's own affair.
            let lines =
                try Bench.normalized(info).split(separator: "\n") + Bench.normalized(check).split(separator: "\n")
            // Whether QEMU looks for holes in a data file depends on how many its own file has.
            let keys = ["start", "length", "present", "data"] + (options.contains("data_file") ? [] : ["zero"])
            let kinds = try JSONValue(parsing: Array(map.utf8)).elements ?? []
            return lines.map(String.init).filter { !$0.contains("actual-size") && !$0.contains("image-end-offset") }
                + kinds.map { kind in keys.map { kind[$0]?.serialized() ?? "" }.joined(separator: " ") }
        }

        let theirs = try bench.qemu("create", "-f", "qcow2", "-o", options, "image", "5M")
        let theirLook = try look()
        for name in ["image", "data"] where bench.exists(name) { try bench.remove(name) }
        let ours = try bench.apus("create", "-f", "qcow2", "-o", options, "image", "5M")

        #expect(ours == theirs)
        #expect(try look() == theirLook)
        #expect(
            try bench.apus("map", "-f", "qcow2", "--output=json", "image").output
                == bench.qemu("map", "-f", "qcow2", "--output=json", "image").output)
    }

    @Test("a data file goes where the image that it was made for goes")
    func dataFile() throws {
        let bench = try Bench()

        let outcome = try bench.run(
            "/bin/sh",
            ["-c", "ulimit -f 64; exec \(Bench.tool) create -f qcow2 -o data_file=d,preallocation=full i 1M"])

        #expect(outcome.status == 1)
        #expect(!bench.exists("i") && !bench.exists("d"))
    }

    /// What is done to a good image, at a byte of its file.
    struct Damage: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let offset: UInt64
        let bytes: [UInt8]
        /// QEMU counts what an entry that is not aligned lies over; here it names nothing.
        var isCountedAlike = true
    }

    static let damages = [
        Damage(testDescription: "a cluster without a reference", offset: 2 * 65536 + 10, bytes: [0, 0]),
        Damage(testDescription: "a cluster with one too many", offset: 2 * 65536 + 10, bytes: [0, 2]),
        Damage(testDescription: "a cluster that nothing names", offset: 2 * 65536 + 200, bytes: [0, 1]),
        Damage(testDescription: "an entry that leads nowhere", offset: 4 * 65536, bytes: [0x80, 0, 0, 1, 0, 0, 0, 0]),
        Damage(
            testDescription: "an entry that is not aligned", offset: 4 * 65536, bytes: [0x80, 0, 0, 0, 0, 5, 2, 0],
            isCountedAlike: false),
    ]

    @Test("check says what qemu-img says, and repairs what it repairs", arguments: damages, ["leaks", "all"])
    func repair(_ damage: Damage, _ kind: String) throws {
        let bench = try Bench()
        try Sample.qcow2[0].make(in: bench)
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: bench.path("plain.qcow2")))
        try handle.seek(toOffset: damage.offset)
        try handle.write(contentsOf: Data(damage.bytes))
        try handle.close()
        _ = try bench.run("/bin/cp", ["plain.qcow2", "theirs"])
        func counts(_ text: String) throws -> [UInt64?] {
            let report = try JSONValue(parsing: Array(text.utf8))
            return ["corruptions", "leaks", "check-errors", "leaks-fixed"].map { key in
                report[key]?.unsignedValue
            }
        }

        let found = try bench.apus("check", "-f", "qcow2", "--output=json", "plain.qcow2")
        let theirFound = try bench.qemu("check", "-f", "qcow2", "--output=json", "theirs")
        #expect(found.status == theirFound.status)
        if damage.isCountedAlike { #expect(try counts(found.output) == counts(theirFound.output)) }
        let ours = try bench.apus("check", "-r", kind, "-f", "qcow2", "--output=json", "plain.qcow2")
        let theirs = try bench.qemu("check", "-r", kind, "-f", "qcow2", "--output=json", "theirs")

        // What is left is what QEMU finds left.
        let after = try bench.qemu("check", "-f", "qcow2", "plain.qcow2")
        #expect(after.status == ours.status, "\(after.output)")
        if kind == "all" { #expect(ours.status == 0) }
        if theirs.status == 0 {
            #expect(try counts(ours.output) == counts(theirs.output))
            #expect(try bench.qemu("compare", "-f", "qcow2", "-F", "qcow2", "plain.qcow2", "theirs").status == 0)
        }
    }

    @Test("bench sends what it says, and what it writes is there", arguments: ["raw", "qcow2"])
    func bench(_ format: String) throws {
        let bench = try Bench()
        try #require(try bench.qemu("create", "-q", "-f", format, "image", "1M").status == 0)

        let arguments = ["-c", "40", "-d", "1", "-s", "4096", "-S", "65536", "-o", "4096", "-f", format, "image"]
        let ours = try bench.apus(["bench", "-w", "--pattern=171", "--flush-interval=8"] + arguments)
        let reading = try bench.apus(["bench"] + arguments)
        try FileManager.default.moveItem(atPath: bench.path("image"), toPath: bench.path("ours"))
        try #require(try bench.qemu("create", "-q", "-f", format, "image", "1M").status == 0)
        let theirs = try bench.qemu(["bench", "-w", "--pattern=171"] + arguments)

        #expect(ours.status == 0)
        #expect(
            ours.output.hasPrefix(
                "Sending 40 write requests, 4096 bytes each, 1 in parallel (starting at offset 4096, step size 65536)\n"
                    + "Run completed in "))
        #expect(reading.output.hasPrefix("Sending 40 read requests, 4096 bytes each, 1 in parallel"))
        try #require(theirs.status == 0)
        #expect(try bench.qemu("compare", "-f", format, "-F", format, "image", "ours").status == 0)
        let output = try bench.run("/usr/bin/env", ["qemu-io", "-f", format, "-c", "read -P 171 4k 4k", "ours"]).output
        #expect(!output.contains("Pattern verification failed"))
    }
}
