// SPDX-License-Identifier: Apache-2.0
import Glibc
import GuestKit
import Host

/// Runs the built `apus` for the end-to-end tests.
enum LabBed {
    /// The folder of the built programs: `APUS_BUILD`, else the release build, else the debug build.
    static let build: String = {
        if let folder = Environment.value("APUS_BUILD") { return folder }
        let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
        return ["release", "debug"].map { "\(root)/.build/\($0)" }
            .first { Files.isExecutable("\($0)/apus") && Files.isExecutable("\($0)/apus-lab-agent") } ?? root
    }()

    static let program = "\(build)/apus"

    /// Whether the end-to-end tests can run here.
    static var isUsable: Bool {
        Environment.program("qemu-system-x86_64") != nil && Files.isExecutable(program)
    }

    /// How long a lab may take, many times what it needs on two idle cores.
    static let limitSeconds = 120

    struct Outcome {
        /// `nil` where it took longer than `limitSeconds` and was killed.
        let status: Int32?
        let output: String
        let errors: String
    }

    /// Runs `apus lab exec` with `options` and waits for it, for `limitSeconds` at most.
    static func execute(
        _ command: [String], options: [String] = [], input: [UInt8] = [], environment: [String] = [],
        through wrapper: [String] = []
    ) throws -> Outcome {
        let standardInput = try Tool.memoryFile("in")
        let output = try Tool.memoryFile("out")
        let errors = try Tool.memoryFile("err")
        try standardInput.writeAll(input)
        lseek(standardInput.borrowed, 0, SEEK_SET)
        let child = try start(
            wrapper + [program, "lab", "exec"] + options + ["--"] + command, environment,
            [standardInput.borrowed, output.borrowed, errors.borrowed])
        let status = child.wait(atMost: limitSeconds)
        return Outcome(status: status, output: try text(output), errors: try text(errors))
    }

    /// Starts a program of absolute path, or one in `PATH`, with these descriptors. It ends with the test's thread.
    static func start(
        _ words: [String], _ environment: [String], _ descriptors: [Int32]
    ) throws -> ChildProcess {
        let path = Environment.program(words[0]) ?? words[0]
        let names = environment.map { String($0.prefix { $0 != "=" }) + "=" }
        let inherited = Environment.all.filter { variable in !names.contains { variable.hasPrefix($0) } }
        return try ChildProcess(
            path: path, arguments: Array(words.dropFirst()), environment: inherited + environment,
            descriptors: descriptors)
    }

    private static func text(_ file: borrowing Descriptor) throws -> String {
        String(decoding: try file.read(at: 0, count: Int(try file.status().byteCount)), as: UTF8.self)
    }

    /// The processes whose command line contains `marker`, but for this one.
    static func processes(with marker: String) -> [Int32] {
        Files.names(in: "/proc").compactMap { Int32($0) }.filter { identifier in
            guard identifier != getpid(),
                let file = try? Descriptor(path: "/proc/\(identifier)/cmdline", flags: O_RDONLY),
                let bytes = try? file.read(upTo: 1 << 16)
            else { return false }
            return String(decoding: bytes, as: UTF8.self).contains(marker)
        }
    }
}
