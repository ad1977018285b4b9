// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What `convert` can beside copying, judged by qemu-img.
@Suite("Converting images with options", .enabled(if: Bench.hasQEMU, "QEMU's tools are not installed"))
struct ConvertingTests {
    private static let clean = Bench.Outcome(status: 0, output: "", errors: "")

    /// An image with two snapshots and other contents now.
    private static func snapshots(_ bench: Bench) throws {
        try Sample.qcow2[0].make(in: bench)
        for (name, byte) in [("first", 100), ("second", 101)] {
            try #require(try bench.qemu("snapshot", "-c", name, "plain.qcow2").status == 0)
            try #require(try bench.qemu("convert", "-f", "qcow2", "-O", "raw", "plain.qcow2", name).status == 0)
            try bench.fill("plain.qcow2", format: "qcow2", "write -P \(byte) 512k 2M", "write -z 5M 1M")
        }
    }

    @Test(
        "a snapshot is copied, by its name, its id or both",
        arguments: [
            ("first", "first"), ("2", "second"), ("snapshot.id=1", "first"), ("snapshot.name=second", "second"),
            ("snapshot.id=2,snapshot.name=second", "second"),
        ])
    func snapshot(_ choice: String, _ expected: String) throws {
        let bench = try Bench()
        try Self.snapshots(bench)

        #expect(
            try bench.apus("convert", "-l", choice, "-f", "qcow2", "-O", "raw", "plain.qcow2", "ours") == Self.clean)
        try #require(
            try bench.qemu("convert", "-l", choice, "-f", "qcow2", "-O", "raw", "plain.qcow2", "theirs").status == 0)

        #expect(try bench.bytes("ours") == bench.bytes(expected))
        #expect(try bench.bytes("ours") == bench.bytes("theirs"))
    }

    @Test(
        "a snapshot that is not there is told, and nothing is made",
        arguments: ["third", "snapshot.id=1,snapshot.name=second", "snapshot.colour=red"])
    func noSnapshot(_ choice: String) throws {
        let bench = try Bench()
        try Self.snapshots(bench)

        let outcome = try bench.apus("convert", "-l", choice, "-f", "qcow2", "-O", "raw", "plain.qcow2", "copy")

        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(choice))
        #expect(!bench.exists("copy"))
    }

    @Test("the kernel copies from file to file, zeros stay holes", arguments: Sample.raw + Sample.qcow2 + Sample.chains)
    func offload(_ sample: Sample) throws {
        let bench = try Bench()
        try sample.make(in: bench)

        #expect(try bench.apus("convert", "-C", "-f", sample.format, "-O", "raw", sample.name, "copy") == Self.clean)

        let verdict = try bench.qemu("compare", "-f", sample.format, "-F", "raw", sample.name, "copy")
        #expect(verdict.output == "Images are identical.\n")
        let map = try bench.qemu("map", "-f", "raw", "--output=json", "copy").output
        #expect(map.contains("\"zero\": true"))
    }

    @Test("where the kernel cannot copy, that is said, and it is copied all the same")
    func noOffload() throws {
        let bench = try Bench()
        try Sample.raw[1].make(in: bench)

        let outcome = try bench.apus("convert", "-C", "-f", "raw", "-O", "qcow2", "full.raw", "copy")

        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("copy: the kernel cannot copy into it from file to file"))
        #expect(try bench.qemu("compare", "-f", "raw", "-F", "qcow2", "full.raw", "copy").status == 0)
    }

    @Test(
        "options that do not go together are refused",
        arguments: [
            ["-C", "-S", "4k"], ["-C", "-c", "-O", "qcow2"], ["-r", "0"], ["-r", "fast"], ["-t", "fast"],
            ["-T", "fast"], ["--target-is-zero"], ["-S", "513"], ["-S", "4M"], ["-l", "x", "full.raw"],
        ])
    func together(_ options: [String]) throws {
        let bench = try Bench()
        try Sample.raw[1].make(in: bench)

        let outcome = try bench.apus(["convert", "-f", "raw"] + options + ["full.raw", "copy"])

        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("apus image: "))
        #expect(!bench.exists("copy"))
    }

    @Test("what cannot be read becomes zeros, and is told; without --salvage it is the end")
    func salvage() throws {
        let bench = try Bench()
        try Sample.raw[1].make(in: bench)
        try #require(
            try bench.qemu("convert", "-c", "-f", "raw", "-O", "qcow2", "full.raw", "damaged").status == 0)
        // The compressed clusters lie behind the tables: the first one's bytes become nonsense.
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: bench.path("damaged")))
        let map = try bench.apus("check", "-f", "qcow2", "damaged").output
        try #require(map.contains("compressed"))
        try handle.seek(toOffset: 5 * 65536)
        try handle.write(contentsOf: Data(repeating: 0xFF, count: 64))
        try handle.close()

        let refused = try bench.apus("convert", "-f", "qcow2", "-O", "raw", "damaged", "ours")
        #expect(refused.status == 1)
        #expect(!bench.exists("ours"))
        let outcome = try bench.apus("convert", "--salvage", "-f", "qcow2", "-O", "raw", "damaged", "ours")
        let theirs = try bench.qemu("convert", "--salvage", "-f", "qcow2", "-O", "raw", "damaged", "theirs")

        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("damaged: bytes 0 to 65536 cannot be read, zeros stand for them: "))
        #expect(theirs.status == 0)
        #expect(try bench.bytes("ours") == bench.bytes("theirs"))
        #expect(try bench.bytes("ours").prefix(65536).allSatisfy { $0 == 0 })
        #expect(try bench.bytes("ours").dropFirst(65536) == bench.bytes("full.raw").dropFirst(65536))
    }

    @Test(
        "over a backing image only what it does not show is kept",
        arguments: [("base.raw", "raw"), ("other.qcow2", "qcow2"), ("short.raw", "raw")], [[], ["-c"]])
    func backing(_ below: (name: String, format: String), _ options: [String]) throws {
        let (name, format) = below
        let bench = try Bench()
        try Sample.chains[0].make(in: bench)
        try bench.fill("base.raw", format: "raw", "write -P 61 0 3M", "write -P 62 6M 2M")
        // Nearly the same as the base, and one that ends before it.
        try #require(
            try bench.qemu("convert", "-f", "raw", "-O", "qcow2", "base.raw", "other.qcow2").status == 0)
        try bench.fill("other.qcow2", format: "qcow2", "write -P 63 2M 64k", "write -P 64 4M 64k")
        _ = try bench.run("/bin/sh", ["-c", "head -c 5M base.raw > short.raw"])

        let outcome = try bench.apus(
            ["convert", "-f", "qcow2", "-O", "qcow2", "-B", name, "-F", format] + options + ["top.qcow2", "copy"])

        #expect(outcome == Self.clean)
        #expect(try bench.qemu("check", "-f", "qcow2", "copy").status == 0)
        let verdict = try bench.qemu("compare", "-f", "qcow2", "-F", "qcow2", "top.qcow2", "copy")
        #expect(verdict.output == "Images are identical.\n")
        let info = try bench.qemu("info", "-f", "qcow2", "copy").output
        #expect(info.contains("backing file: \(name)\n"))
        // A megabyte at 4M, which all show alike, is not copied.
        let map = try bench.qemu("map", "-f", "qcow2", "--output=json", "-s", "4259840", "-l", "131072", "copy").output
        #expect(!map.contains("\"depth\": 0, \"present\": true, \"zero\": false"), "\(map)")
    }

    @Test(
        "an image that is there and said to be zero is not zeroed again; one that looks like a format is refused")
    func targetIsZero() throws {
        let bench = try Bench()
        try Sample.raw[1].make(in: bench)
        try #require(try bench.qemu("create", "-q", "-f", "qcow2", "target", "8M").status == 0)
        try bench.fill("target", format: "qcow2", "write -P 99 4M 64k")

        let guessed = try bench.apus("convert", "-n", "-f", "raw", "full.raw", "target")
        let outcome = try bench.apus(
            "convert", "-n", "--target-is-zero", "-f", "raw", "-O", "qcow2", "full.raw", "target")

        #expect(guessed.errors.hasPrefix("apus image: target: no format is named, and it looks like qcow2; "))
        #expect(outcome == Self.clean)
        // What was said of it was not so: it shows that nothing was zeroed.
        let output = try bench.run("/usr/bin/env", ["qemu-io", "-f", "qcow2", "-c", "read -P 99 4M 64k", "target"])
            .output
        #expect(!output.contains("Pattern verification failed"))
    }

    @Test("a rate holds the copying back, and Ctrl-C in its middle takes the copy away", arguments: ["raw", "qcow2"])
    func interrupted(_ format: String) throws {
        let bench = try Bench()
        _ = try bench.run("/bin/sh", ["-c", "head -c 32M /dev/urandom > disk"])
        let process = Process()
        let errors = Pipe()
        process.executableURL = URL(fileURLWithPath: Bench.tool)
        process.arguments = ["convert", "-p", "-r", "1M", "-f", "raw", "-O", format, "disk", "copy"]
        process.currentDirectoryURL = URL(fileURLWithPath: bench.folder)
        process.standardError = errors
        try process.run()
        // The first piece of two megabytes is done, and the next may come in two seconds.
        var said = ""
        while !said.contains("(6.25/100%)") {
            let bytes = errors.fileHandleForReading.availableData
            try #require(!bytes.isEmpty, "it ended: \(said)")
            said += String(decoding: bytes, as: UTF8.self)
        }
        let wasThere = bench.exists("copy")

        process.interrupt()
        process.waitUntilExit()

        said += String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(wasThere)
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 130)
        #expect(said.hasSuffix("apus image: ended by Ctrl-C (SIGINT)\n"), "\(said)")
        #expect(!bench.exists("copy"))
    }

    @Test("Ctrl-C leaves an image that was there in order")
    func interruptedTarget() throws {
        let bench = try Bench()
        _ = try bench.run("/bin/sh", ["-c", "head -c 8M /dev/urandom > disk"])
        try #require(try bench.qemu("create", "-q", "-f", "qcow2", "target", "8M").status == 0)
        let process = Process()
        let errors = Pipe()
        process.executableURL = URL(fileURLWithPath: Bench.tool)
        process.arguments = ["convert", "-n", "-p", "-r", "1M", "-f", "raw", "-O", "qcow2", "disk", "target"]
        process.currentDirectoryURL = URL(fileURLWithPath: bench.folder)
        process.standardError = errors
        try process.run()
        var said = ""
        while !said.contains("(25.00/100%)") {
            let bytes = errors.fileHandleForReading.availableData
            try #require(!bytes.isEmpty, "it ended: \(said)")
            said += String(decoding: bytes, as: UTF8.self)
        }

        process.terminate()
        process.waitUntilExit()

        #expect(process.terminationStatus == 143)
        #expect(try bench.qemu("check", "-f", "qcow2", "target").status == 0)
        _ = try bench.run("/bin/sh", ["-c", "head -c 2M disk > front"])
        let verdict = try bench.qemu("compare", "-f", "qcow2", "-F", "raw", "target", "front")
        #expect(verdict.output.hasSuffix("Images are identical.\n"), "\(verdict.output)")
    }
}
