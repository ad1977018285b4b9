// SPDX-License-Identifier: Apache-2.0
import Testing

/// `compare` beside qemu-img: the same sentences, the same exit status.
@Suite("Comparing images as qemu-img does", .enabled(if: Bench.hasQEMU))
struct ComparingTests {
    /// What is written into the second of two like images.
    static let changes = [
        [], ["write -P 1 0 512"], ["write -P 1 4194304 1"], ["write -P 1 8388607 1"], ["write -P 17 64k 512"],
        ["write -z 1M 64k"], ["write -z 2M 64k"],
    ]

    @Test("the first difference is told", arguments: changes, [[], ["-s"]])
    func changed(_ commands: [String], _ options: [String]) throws {
        let bench = try Bench()
        try Sample.raw[1].make(in: bench)
        try bench.write("other.raw", [])
        try bench.remove("other.raw")
        _ = try bench.run("/bin/cp", ["--sparse=always", "full.raw", "other.raw"])
        _ = try bench.run("/bin/cp", ["--sparse=always", "full.raw", "one.raw"])
        for command in commands { try bench.fill("other.raw", format: "raw", command) }

        let arguments = ["compare", "-f", "raw", "-F", "raw"] + options + ["one.raw", "other.raw"]
        let (ours, theirs) = (try bench.apus(arguments), try bench.qemu(arguments))

        #expect(ours.output == theirs.output)
        #expect(ours.status == theirs.status)
    }

    @Test("sizes may differ where zeros are left", arguments: ["9M", "8389120"], ["", "write -P 3 8389000 1"])
    func sizes(_ size: String, _ command: String) throws {
        let bench = try Bench()
        try Sample.raw[0].make(in: bench)
        try #require(try bench.qemu("create", "-q", "-f", "raw", "other.raw", size).status == 0)
        if !command.isEmpty { try bench.fill("other.raw", format: "raw", command) }

        for names in [["empty.raw", "other.raw"], ["other.raw", "empty.raw"]] {
            let arguments = ["compare", "-f", "raw", "-F", "raw"] + names
            let (ours, theirs) = (try bench.apus(arguments), try bench.qemu(arguments))
            #expect(ours.output == theirs.output)
            #expect(ours.status == theirs.status)
        }
    }

    @Test("what cannot be compared is no difference")
    func missing() throws {
        let bench = try Bench()
        try Sample.raw[0].make(in: bench)

        let missing = try bench.apus("compare", "-f", "raw", "-F", "raw", "empty.raw", "nothing.raw")
        let wrong = try bench.apus("compare", "empty.raw")

        #expect(missing.status == 2)
        #expect(missing.errors.hasPrefix("apus image: nothing.raw: there is no such file; "))
        #expect(wrong.status == 2)
    }
}
