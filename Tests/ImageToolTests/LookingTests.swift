// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

/// Commands that look at an image, each beside qemu-img on the same file.
@Suite("Looking at images as qemu-img does", .enabled(if: Bench.hasQEMU))
struct LookingTests {
    @Test("info has the same keys and values", arguments: Sample.all)
    func info(_ sample: Sample) throws {
        let bench = try Bench()
        try sample.make(in: bench)

        let theirs = try bench.qemu("info", "-f", sample.format, "--output=json", sample.name)
        let ours = try bench.apus("info", "-f", sample.format, "--output=json", sample.name)

        #expect(ours.status == 0, "\(ours.errors)")
        #expect(try Bench.normalized(ours.output) == Bench.normalized(theirs.output))
    }

    @Test("info prints the same text", arguments: Sample.raw + Sample.qcow2 + Sample.chains)
    func infoText(_ sample: Sample) throws {
        let bench = try Bench()
        try sample.make(in: bench)

        let theirs = try bench.qemu("info", "-f", sample.format, sample.name)
        let ours = try bench.apus("info", "-f", sample.format, sample.name)

        #expect(Self.sortedTail(ours.output) == Self.sortedTail(theirs.output))
    }

    /// The lines, those of the format in order of the alphabet: QEMU's order is that of a hash.
    private static func sortedTail(_ text: String) -> [String] {
        let lines = text.split(separator: "\n").map(String.init)
        return lines.filter { !$0.hasPrefix("    ") } + lines.filter { $0.hasPrefix("    ") }.sorted()
    }

    @Test("info tells the whole chain", arguments: Sample.chains)
    func chain(_ sample: Sample) throws {
        let bench = try Bench()
        try sample.make(in: bench)

        let theirs = try bench.qemu("info", "-f", sample.format, "--backing-chain", "--output=json", sample.name)
        let ours = try bench.apus("info", "-f", sample.format, "--backing-chain", "--output=json", sample.name)

        #expect(try Bench.normalized(ours.output) == Bench.normalized(theirs.output))
    }

    @Test("map has the same extents", arguments: Sample.all)
    func map(_ sample: Sample) throws {
        let bench = try Bench()
        try sample.make(in: bench)

        let theirs = try bench.qemu("map", "-f", sample.format, "--output=json", sample.name)
        let ours = try bench.apus("map", "-f", sample.format, "--output=json", sample.name)

        #expect(ours.status == 0, "\(ours.errors)")
        #expect(ours.output == theirs.output)
    }

    @Test("map prints the same table", arguments: Sample.raw + Sample.qcow2 + Sample.chains)
    func mapText(_ sample: Sample) throws {
        let bench = try Bench()
        try sample.make(in: bench)

        let theirs = try bench.qemu("map", "-f", sample.format, sample.name)
        let ours = try bench.apus("map", "-f", sample.format, sample.name)

        #expect(ours.output == theirs.output)
    }

    @Test("measure says the same", arguments: Sample.all, ["raw", "qcow2"])
    func measure(_ sample: Sample, _ format: String) throws {
        let bench = try Bench()
        try sample.make(in: bench)

        for output in ["human", "json"] {
            let arguments = ["measure", "-f", sample.format, "-O", format, "--output=\(output)", sample.name]
            #expect(try bench.apus(arguments).output == bench.qemu(arguments).output)
        }
    }

    @Test(
        "measure knows the arithmetic of qcow2",
        arguments: [
            [], ["-o", "cluster_size=512"], ["-o", "cluster_size=2M"], ["-o", "refcount_bits=1"],
            ["-o", "extended_l2=on"], ["-o", "preallocation=full"],
        ], ["1", "10G", "3.5T", "100000001"])
    func measureSize(_ options: [String], _ size: String) throws {
        let bench = try Bench()
        let arguments = ["measure", "--output=json", "-O", "qcow2"] + options + ["--size", size]

        let (ours, theirs) = (try bench.apus(arguments), try bench.qemu(arguments))

        #expect(ours.status == theirs.status)
        if theirs.status == 0 { #expect(try Bench.normalized(ours.output) == Bench.normalized(theirs.output)) }
    }

    @Test("check says the same", arguments: Sample.qcow2 + Sample.compressed + Sample.chains)
    func check(_ sample: Sample) throws {
        let bench = try Bench()
        try sample.make(in: bench)

        for output in ["human", "json"] {
            let arguments = ["check", "-f", sample.format, "--output=\(output)", sample.name]
            let (ours, theirs) = (try bench.apus(arguments), try bench.qemu(arguments))
            #expect(ours.status == theirs.status)
            if output == "json" {
                #expect(try Bench.normalized(ours.output) == Bench.normalized(theirs.output))
            } else {
                #expect(ours.output == theirs.output)
            }
        }
    }

    @Test("there is nothing to check in a raw image")
    func checkRaw() throws {
        let bench = try Bench()
        try Sample.raw[0].make(in: bench)

        let outcome = try bench.apus("check", "-f", "raw", "empty.raw")

        #expect(outcome.status == 63)
        #expect(outcome.errors == "apus image: empty.raw: raw images have nothing that could be checked\n")
    }

    @Test("snapshots are listed alike")
    func snapshots() throws {
        let bench = try Bench()
        try Sample.qcow2[0].make(in: bench)
        for name in ["first", "second with blanks"] {
            try #require(try bench.qemu("snapshot", "-c", name, "plain.qcow2").status == 0)
        }

        let ours = try bench.apus("snapshot", "-l", "-f", "qcow2", "plain.qcow2")
        let theirs = try bench.qemu("snapshot", "-l", "plain.qcow2")

        #expect(ours.output == theirs.output)
        let (info, their) = (
            try bench.apus("info", "-f", "qcow2", "--output=json", "plain.qcow2"),
            try bench.qemu("info", "-f", "qcow2", "--output=json", "plain.qcow2")
        )
        #expect(try Bench.normalized(info.output) == Bench.normalized(their.output))
    }
}
