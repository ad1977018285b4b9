// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The built `apus-fuzz`, which lies beside the tests. A trap in it must not end theirs.
enum FuzzProgram {
    /// How a run ended, and all that it printed.
    struct Outcome {
        let status: Int32
        let output: String
    }

    /// The entries that it has; empty where it cannot be run.
    static let entries: [String] = {
        let outcome = try? run(["list"])
        return outcome?.output.split(separator: "\n").map(String.init) ?? []
    }()

    static func run(_ arguments: [String]) throws -> Outcome {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("apus-fuzz")
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: String(decoding: bytes, as: UTF8.self))
    }
}
