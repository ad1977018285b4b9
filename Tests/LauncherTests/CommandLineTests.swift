// SPDX-License-Identifier: Apache-2.0
import Configuration
import GuestKit
import Host
import Testing

@testable import Launcher

/// The program itself, as somebody types it.
@Suite("The command line of apus", .enabled(if: Session.program != nil, "the program is not built"))
struct CommandLineTests {
    private static func run(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
        let null = try Descriptor(path: "/dev/null", flags: 0)
        let output = try Tool.memoryFile("output")
        let errors = try Tool.memoryFile("errors")
        let child = try ChildProcess(
            path: try #require(Session.program), arguments: arguments, environment: ["APUS_KVM=here"],
            descriptors: [null.borrowed, output.borrowed, errors.borrowed])
        let status = child.wait()
        let text = { (file: borrowing Descriptor) in
            String(decoding: try file.read(at: 0, count: 1 << 16), as: UTF8.self)
        }
        return (status, try text(output), try text(errors))
    }

    @Test("--version tells the version")
    func version() throws {
        let result = try Self.run(["--version"])

        #expect(result.status == 0)
        #expect(result.output == "apus \(ApusVersion.current)\n")
    }

    @Test(
        "each option that may be given once is refused the second time",
        arguments: ["kernel", "initrd", "append", "memory", "cpus", "console", "qmp", "name", "config"])
    func twice(_ option: String) throws {
        let result = try Self.run(["run", "--\(option)", "1", "--\(option)", "2"])

        #expect(result.status == ExitCode.usage.rawValue)
        #expect(result.errors.contains("--\(option): it is given more than once; give it once"), "\(result.errors)")
    }

    @Test("a size that is none is refused by the lab with what to write")
    func labSize() throws {
        let result = try Self.run(["lab", "exec", "--memory", "2X", "--", "true"])

        #expect(result.status == ExitCode.usage.rawValue)
        #expect(result.errors.contains("write a whole number and K, M, G or T"), "\(result.errors)")
    }
}
