// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestKit
import JSON
import Testing

/// `clone`, judged by qemu-img; its system calls by strace.
@Suite("Cloning images", .enabled(if: Bench.hasQEMU, "QEMU's tools are not installed"))
struct CloningTests {
    @Test(
        "a clone shows its image until it is written, and the image stays as it is",
        arguments: zip(
            [Sample.raw[1], Sample.qcow2[0], Sample.qcow2[1], Sample.chains[0], Sample.vmdk[0]],
            [
                [], ["-o", "cluster_size=4k,refcount_bits=8"], ["-o", "extended_l2=on,lazy_refcounts=on"], [],
                ["-o", "compat=0.10"],
            ]))
    func clone(_ sample: Sample, _ options: [String]) throws {
        let bench = try Bench()
        try sample.make(in: bench)
        try #require(try bench.qemu("convert", "-f", sample.format, "-O", "raw", sample.name, "before").status == 0)

        let outcome = try bench.apus(["clone", "-f", sample.format] + options + [sample.name, "one", "two"])

        #expect(outcome == Bench.Outcome(status: 0, output: "Cloned '\(sample.name)': 2 images\n", errors: ""))
        for name in ["one", "two"] {
            #expect(try bench.qemu("check", "-f", "qcow2", name).status == 0)
            #expect(try bench.qemu("compare", "-f", "qcow2", "-F", "raw", name, "before").status == 0)
        }
        #expect(try bench.bytes("one") == bench.bytes("two"))
        try bench.fill("one", format: "qcow2", "write -P 201 1M 3M")
        #expect(try bench.qemu("check", "-f", "qcow2", "one").status == 0)
        #expect(try bench.qemu("compare", "-f", "qcow2", "-F", "raw", "two", "before").status == 0)
    }

    @Test("a thousand clones have their numbers, and take some pages each")
    func thousand() throws {
        let bench = try Bench()
        try #require(try bench.qemu("create", "-q", "-f", "qcow2", "base", "2T").status == 0)

        let outcome = try bench.apus("clone", "-f", "qcow2", "--count", "1000", "base", "vm-%04d.qcow2")

        #expect(outcome.output == "Cloned 'base': 1000 images\n")
        let names = try FileManager.default.contentsOfDirectory(atPath: bench.folder).filter { $0.hasPrefix("vm-") }
        #expect(
            names.sorted()
                == (1...1000).map { "vm-" + String(repeating: "0", count: 4 - "\($0)".count) + "\($0).qcow2" })
        #expect(try bench.qemu("check", "-f", "qcow2", "vm-1000.qcow2").status == 0)
        let info = try bench.apus("info", "-f", "qcow2", "--output=json", "vm-0500.qcow2").output
        let actual = try #require(try JSONValue(parsing: Array(info.utf8))["actual-size"]?.unsignedValue)
        #expect(actual <= 16384)
    }

    @Test("all is written, then one sync, then the names come", .enabled(if: Self.traces, Self.noTrace))
    func order() throws {
        let bench = try Bench()
        try Sample.qcow2[0].make(in: bench)

        let calls = try Self.traced(bench, ["--count", "20", "plain.qcow2", "c%d"]).calls

        #expect(calls.filter { $0 == "syncfs" }.count == 1)
        #expect(!calls.contains("fsync") && !calls.contains("fdatasync"))
        let sync = try #require(calls.firstIndex(of: "syncfs"))
        #expect(calls[sync...].filter { $0 == "linkat" }.count == 20)
        #expect(!calls[..<sync].contains("linkat"))
        #expect(!calls[sync...].contains("pwrite64") && !calls[sync...].contains("ftruncate"))
    }

    @Test(
        "where the sync or a name fails, no clone is there",
        .enabled(if: Self.traces, Self.noTrace), arguments: ["syncfs:error=EIO", "linkat:error=ENOSPC:when=3"])
    func none(_ fault: String) throws {
        let bench = try Bench()
        try Sample.qcow2[0].make(in: bench)
        let before = try FileManager.default.contentsOfDirectory(atPath: bench.folder).filter { !$0.hasPrefix(".") }

        let result = try Self.traced(bench, ["--count", "5", "plain.qcow2", "c%d"], fault: ["-e", "inject=\(fault)"])

        #expect(result.outcome.status == 1)
        #expect(
            result.outcome.errors.contains(fault.hasPrefix("sync") ? "the storage failed" : "the file system is full"))
        let after = try FileManager.default.contentsOfDirectory(atPath: bench.folder).filter { !$0.hasPrefix(".") }
        #expect(Set(after).subtracting(["trace"]) == Set(before))
    }

    @Test(
        "a file system without files that have no name gets hidden ones, which do not stay",
        .enabled(if: Self.traces, Self.noTrace))
    func hidden() throws {
        let bench = try Bench()
        try Sample.qcow2[0].make(in: bench)
        try FileManager.default.createDirectory(atPath: bench.path("clones"), withIntermediateDirectories: false)

        // The folder alone is opened without a name to make.
        let fault = ["-P", "clones", "-e", "inject=open,openat:error=EOPNOTSUPP"]
        let result = try Self.traced(bench, ["--count", "3", "plain.qcow2", "clones/c%d"], fault: fault)

        #expect(result.outcome.status == 0, "\(result.outcome.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: bench.path("clones")).sorted() == ["c1", "c2", "c3"])
        #expect(try bench.qemu("check", "-f", "qcow2", "clones/c3").status == 0)
    }

    @Test("clones name their image so that it is found, from its own folder by its name alone")
    func names() throws {
        let bench = try Bench()
        try Sample.qcow2[0].make(in: bench)
        try FileManager.default.createDirectory(atPath: bench.path("elsewhere"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: bench.path("current"), withDestinationPath: "plain.qcow2")
        _ = try bench.run("/bin/cp", ["plain.qcow2", "nbd:1.qcow2"])
        func backing(_ name: String) throws -> String? {
            let info = try bench.qemu("info", "-f", "qcow2", "--output=json", name)
            return try JSONValue(parsing: Array(info.output.utf8))["backing-filename"]?.text
        }

        let real = try #require(unsafe realpath(bench.folder, nil).map { unsafe String(cString: $0) })
        for (source, clone) in [("current", "a"), ("current", "elsewhere/b"), ("./nbd:1.qcow2", "c")] {
            #expect(try bench.apus("clone", "-q", "-f", "qcow2", source, clone).status == 0)
            #expect(try bench.qemu("compare", "-f", "qcow2", "-F", "qcow2", "plain.qcow2", clone).status == 0)
        }

        #expect(try backing("a") == "plain.qcow2")
        #expect(try backing("elsewhere/b") == "\(real)/plain.qcow2")
        #expect(try backing("c") == "./nbd:1.qcow2")
    }

    @Test("JSON tells each clone, with the size that was asked for")
    func json() throws {
        let bench = try Bench()
        try Sample.qcow2[0].make(in: bench)

        let outcome = try bench.apus("clone", "-f", "qcow2", "-o", "size=1G", "--json", "plain.qcow2", "a", "b")

        let clones = try #require(try JSONValue(parsing: Array(outcome.output.utf8)).elements)
        #expect(clones.map { $0["filename"]?.text } == ["a", "b"])
        #expect(clones.allSatisfy { $0["virtual-size"]?.unsignedValue == 1 << 30 })
        #expect(clones.allSatisfy { $0["full-backing-filename"]?.text == "plain.qcow2" })
        #expect(try JSONSize.virtual(try bench.qemu("info", "-f", "qcow2", "--output=json", "b").output) == 1 << 30)
        #expect(try bench.qemu("check", "-f", "qcow2", "b").status == 0)
    }

    @Test(
        "what would not become clones is refused, and nothing is made",
        arguments: [
            (["plain.qcow2", "c1"], "plain.qcow2: its format is missing"),
            (["-f", "qcow2", "plain.qcow2", "c1", "c1"], "c1: two clones would have that name"),
            (["-f", "qcow2", "plain.qcow2", "c1", "there"], "there: there is a file of that name already"),
            (["-f", "qcow2", "plain.qcow2", "c1", "none/c2"], "none/c2: there is no such file"),
            (["-f", "qcow2", "nothing", "c1"], "nothing: there is no such file"),
            (
                ["-f", "raw", "-o", "backing_file=x", "plain.qcow2", "c1"],
                "-o backing_file: a clone has no such option"
            ),
            (["-f", "raw", "-o", "colour=x", "plain.qcow2", "c1"], "-o colour: qcow2 has no such option"),
            (["-f", "qcow2", "--count", "2", "plain.qcow2", "c"], "c: with --count, one %d says"),
            (["-f", "qcow2", "--count", "2", "plain.qcow2", "c%d%d"], "c%d%d: with --count, one %d says"),
            (["-f", "qcow2", "--count", "2", "plain.qcow2", "c%s"], "c%s: with --count, one %d says"),
            (["-f", "qcow2", "--count", "2", "plain.qcow2", "c%99999999999d"], "c%99999999999d: with --count"),
            (["-f", "qcow2", "--count", "0", "plain.qcow2", "c%d"], "--count 0: it is not a number from 1 to"),
            (["-f", "qcow2", "--count", "2", "plain.qcow2", "c%d", "d"], "--count: it goes with one target"),
        ])
    func refused(_ arguments: [String], _ sentence: String) throws {
        let bench = try Bench()
        try Sample.qcow2[0].make(in: bench)
        try bench.write("there", [1])

        let outcome = try bench.apus(["clone"] + arguments)

        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("apus image: \(sentence)"), "\(outcome.errors)")
        #expect(!bench.exists("c1"))
    }

    @Test("an image that somebody writes is not cloned")
    func locked() throws {
        let bench = try Bench()
        try Sample.qcow2[0].make(in: bench)
        let holder = try ImageHolder("plain.qcow2", format: "qcow2", in: bench)

        let outcome = try bench.apus("clone", "-f", "qcow2", "plain.qcow2", "c1")
        try holder.letGo()

        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("apus image: plain.qcow2: the image is in use by a machine or another tool; "))
        #expect(!bench.exists("c1"))
        #expect(try bench.apus("clone", "-f", "qcow2", "plain.qcow2", "c1").status == 0)
    }

    private static let traces = Environment.program("strace") != nil
    private static let noTrace: Comment = "strace is not installed"

    /// Runs `clone` under strace, with faults; the calls in their order.
    private static func traced(
        _ bench: Bench, _ arguments: [String], fault: [String] = []
    ) throws -> (outcome: Bench.Outcome, calls: [String]) {
        let program = try #require(Environment.program("strace"))
        let outcome = try bench.run(
            program, ["-o", "trace"] + fault + [Bench.tool, "clone", "-f", "qcow2"] + arguments)
        let lines = String(decoding: try bench.bytes("trace"), as: UTF8.self).split(separator: "\n")
        return (outcome, lines.map { String($0.prefix { $0 != "(" }) })
    }
}
