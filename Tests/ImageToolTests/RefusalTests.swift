// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import GuestKit
import Testing

@testable import ImageTool

/// What the tool does not do, and how it says so.
@Suite("What the image tool refuses")
struct RefusalTests {
    @Test(
        "a sentence says what is wrong with a file",
        arguments: [
            ("nothing", "nothing: there is no such file; "), ("/dev/null", "/dev/null: it is neither a regular file"),
            (".", ".: it is a folder; "), ("file/x", "file/x: a part of the path is no folder; "),
        ])
    func files(_ path: String, _ sentence: String) throws {
        let bench = try Bench()
        try bench.write("file", [UInt8](repeating: 0, count: 512))

        let outcome = try bench.apus("info", "-f", "raw", path)

        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("apus image: \(sentence)"), "\(outcome.errors)")
    }

    @Test("a signature is not believed where something is written or copied")
    func signature() throws {
        let bench = try Bench()
        try bench.write("disk", [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3] + [UInt8](repeating: 0, count: 1016))

        for command in [["resize", "disk", "1M"], ["convert", "disk", "copy"], ["dd", "if=disk", "of=copy"]] {
            let outcome = try bench.apus(command)
            #expect(outcome.status == 1)
            #expect(outcome.errors.hasPrefix("apus image: disk: no format is named, and it looks like qcow2; "))
        }
        #expect(!bench.exists("copy"))
        #expect(try bench.bytes("disk").count == 1024)
        #expect(try bench.apus("convert", "-f", "raw", "disk", "copy").status == 0)
    }

    @Test("a raw image that was guessed is said to be one")
    func guess() throws {
        let bench = try Bench()
        try bench.write("disk", [UInt8](repeating: 1, count: 1024))

        let outcome = try bench.apus("info", "disk")

        #expect(outcome.status == 0)
        #expect(outcome.output.contains("file format: raw\n"))
        #expect(
            outcome.errors
                == "apus image: disk: no format is named, and no signature found: read as raw (-f raw)\n")
    }

    @Test(
        "options that are not there are refused",
        arguments: [
            ["create", "-o", "colour=red", "x", "1M"], ["create", "-f", "qcow2", "-o", "colour=red", "x", "1M"],
            ["create", "-f", "floppy", "x", "1M"], ["create", "-f", "vdi", "x", "1M"], ["create", "x", "1Q"],
            ["create", "x"], ["create", "-f", "vmdk", "x", "1M"], ["convert", "--colour", "x", "y"],
            ["convert", "-c", "-O", "raw", "x", "y"], ["convert", "-t", "none", "x", "y"], ["dd", "if=x"],
            ["dd", "if=x", "of=y", "conv=sync"], ["measure"], ["snapshot", "-l", "-c", "s", "x"],
        ])
    func options(_ arguments: [String]) throws {
        let bench = try Bench()

        let outcome = try bench.apus(arguments)

        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("apus image: "), "\(outcome.errors)")
        #expect(!bench.exists("x") && !bench.exists("y"))
    }

    @Test("an image that QEMU writes is left alone, unless it is to be shared", .enabled(if: Bench.hasQEMU))
    func locked() throws {
        let bench = try Bench()
        try bench.write("disk", [UInt8](repeating: 0, count: 4096))
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: try #require(Environment.program("qemu-io")))
        process.arguments = ["-f", "raw", bench.path("disk")]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        // Its prompt says that the image is open.
        _ = output.fileHandleForReading.availableData

        let refused = try bench.apus("info", "-f", "raw", "disk")
        let shared = try bench.apus("info", "-U", "-f", "raw", "disk")
        let resized = try bench.apus("resize", "-f", "raw", "disk", "1M")
        try input.fileHandleForWriting.close()
        process.waitUntilExit()

        #expect(refused.status == 1)
        #expect(refused.errors.hasPrefix("apus image: disk: the image is in use by a machine or another tool; "))
        #expect(shared.status == 0)
        #expect(resized.status == 1)
    }

    @Test("what was made in vain is taken away, and what was there stays", arguments: [false, true])
    func full(_ wasThere: Bool) throws {
        let bench = try Bench()
        if wasThere { try bench.write("image", [1]) }

        let command = "ulimit -f 64; exec \(Bench.tool) create -o preallocation=full image 1M"
        let outcome = try bench.run("/bin/sh", ["-c", command])

        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("apus image: image: a file may not become that large here; "))
        #expect(bench.exists("image") == wasThere)
    }

    @Test("output that nobody takes is a problem")
    func noOutput() throws {
        let bench = try Bench()
        try bench.write("disk", [UInt8](repeating: 1, count: 1024))

        let outcome = try bench.run("/bin/sh", ["-c", "exec \(Bench.tool) info -f raw disk > /dev/full"])

        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("apus image: standard output: the file system is full; "))
    }

    @Test("a signal ends a command, and takes away what it made")
    func interrupted() throws {
        let bench = try Bench()
        try bench.write("disk", [UInt8](repeating: 1, count: 4096))
        var mask = sigset_t()
        unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &mask, nil) }
        let session = ToolSession()
        let command = try ConvertCommand(
            [ImageReference(bench.path("disk"), format: .raw)], to: bench.path("copy"),
            recipe: ImageRecipe(.raw, options: try OptionList([])), settings: .init())
        raise(SIGTERM)

        let problem = #expect(throws: ToolProblem.self) { _ = try command.run(session) }

        #expect(problem?.exitStatus == 128 + SIGTERM)
        #expect(!bench.exists("copy"))
    }

    @Test("progress goes to standard error, to its end")
    func progress() throws {
        let bench = try Bench()
        try bench.write("disk", [UInt8](repeating: 1, count: 8 << 20))

        let outcome = try bench.apus("convert", "-p", "-f", "raw", "-O", "raw", "disk", "copy")

        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("    (0.00/100%)\r    (25.00/100%)\r"))
        #expect(outcome.errors.hasSuffix("    (100.00/100%)\r\n"))
    }
}
