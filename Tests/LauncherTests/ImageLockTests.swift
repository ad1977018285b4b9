// SPDX-License-Identifier: Apache-2.0
import Configuration
import DiskImage
import Glibc
import GuestKit
import Host
import Testing

@testable import Launcher

@Suite("Locks of disk images")
struct ImageLockTests {
    /// Two users of one image, each reading or writing.
    struct Pair: Sendable, CustomTestStringConvertible {
        let firstReads: Bool
        let secondReads: Bool
        var testDescription: String {
            "\(firstReads ? "a reader" : "a writer") and then \(secondReads ? "a reader" : "a writer")"
        }
        var goTogether: Bool { firstReads && secondReads }
    }

    static let pairs = [(true, true), (true, false), (false, true), (false, false)].map {
        Pair(firstReads: $0.0, secondReads: $0.1)
    }

    @Test("only readers share an image", arguments: pairs)
    func share(_ pair: Pair) throws {
        let bench = try Workbench()
        _ = try bench.disk("disk")
        let first = try Descriptor(path: bench.path("disk"), flags: O_RDWR)
        let second = try Descriptor(path: bench.path("disk"), flags: O_RDWR)
        try ImageLock.take(first, isReadOnly: pair.firstReads)

        let result = Result { () throws(ImageLock.Failure) in
            try ImageLock.take(second, isReadOnly: pair.secondReads)
        }

        #expect(result.isSuccess == pair.goTogether)
    }

    @Test("a lock ends with the last descriptor of its file")
    func release() throws {
        let bench = try Workbench()
        _ = try bench.disk("disk")
        let second = try Descriptor(path: bench.path("disk"), flags: O_RDWR)
        do {
            let first = try Descriptor(path: bench.path("disk"), flags: O_RDWR)
            try ImageLock.take(first, isReadOnly: false)
        }

        #expect(throws: Never.self) { try ImageLock.take(second, isReadOnly: false) }
    }

    @Test(
        "QEMU's tools write no image that a machine uses, and copy only one that it reads",
        .enabled(if: Environment.program("qemu-io") != nil), arguments: [false, true])
    func qemuRefuses(isReadOnly: Bool) throws {
        let bench = try Workbench()
        _ = try bench.disk("disk")
        let image = try Descriptor(path: bench.path("disk"), flags: O_RDWR)
        try ImageLock.take(image, isReadOnly: isReadOnly)

        let copy = ["convert", "-f", "raw", "-O", "raw", bench.path("disk"), bench.path("copy")]
        #expect(try Self.runTool("qemu-img", copy) == isReadOnly)
        #expect(try !Self.runTool("qemu-io", ["-f", "raw", "-c", "write 0 512", bench.path("disk")]))
    }

    @Test("an image that QEMU writes is refused", .enabled(if: Environment.program("qemu-io") != nil))
    func refuseQEMU() throws {
        let bench = try Workbench()
        _ = try bench.disk("disk")
        let image = try Descriptor(path: bench.path("disk"), flags: O_RDWR)
        let (reader, writer) = try Self.pipe()
        let tool = try #require(Environment.program("qemu-io"))
        let null = unsafe open("/dev/null", O_RDWR)
        let (output, outputEnd) = try Self.pipe()
        defer { for number in [null, writer, output] { close(number) } }
        let child = try ChildProcess(
            path: tool, arguments: ["-f", "raw", bench.path("disk")], environment: [],
            descriptors: [reader, outputEnd, null])
        close(reader)
        close(outputEnd)
        // Its prompt says that the image is open.
        var prompt = [UInt8](repeating: 0, count: 16)
        #expect(unsafe read(output, &prompt, prompt.count) > 0)

        #expect(throws: ImageLock.Failure.busy) { try ImageLock.take(image, isReadOnly: false) }
        #expect(throws: ImageLock.Failure.busy) { try ImageLock.take(image, isReadOnly: true) }
        child.kill()
        _ = child.wait()
    }

    private static func pipe() throws -> (CInt, CInt) {
        var ends: [CInt] = [-1, -1]
        guard unsafe Glibc.pipe(&ends) == 0 else { throw SystemCallError(call: "pipe", code: errno) }
        return (ends[0], ends[1])
    }

    private static func runTool(_ name: String, _ arguments: [String]) throws -> Bool {
        let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
        let child = try ChildProcess(
            path: try #require(Environment.program(name)), arguments: arguments, environment: [],
            descriptors: [null.borrowed, null.borrowed, null.borrowed])
        return child.wait() == 0
    }
}

extension Result {
    fileprivate var isSuccess: Bool {
        if case .success = self { true } else { false }
    }
}
