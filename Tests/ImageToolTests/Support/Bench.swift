// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestKit
import JSON
import Testing

/// A temporary folder with images, and the two tools that work on them.
final class Bench {
    /// How a program ended, and what it printed.
    struct Outcome: Equatable {
        let status: Int32
        let output: String
        let errors: String
    }

    static let hasQEMU = Environment.program("qemu-img") != nil && Environment.program("qemu-io") != nil
    let folder: String

    /// - Parameter direct: Whether the folder's file system must have direct access, as few that lie in memory have.
    init(direct: Bool = false) throws {
        let parent = direct ? URL(fileURLWithPath: "/var/tmp") : FileManager.default.temporaryDirectory
        folder = parent.appendingPathComponent("apus-image-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    }

    /// `apus image` in the folder.
    func apus(_ arguments: String...) throws -> Outcome { try run(Self.tool, arguments) }
    func apus(_ arguments: [String]) throws -> Outcome { try run(Self.tool, arguments) }

    /// `qemu-img` in the folder.
    func qemu(_ arguments: String...) throws -> Outcome { try qemu(arguments) }
    func qemu(_ arguments: [String]) throws -> Outcome {
        try run(try #require(Environment.program("qemu-img")), arguments)
    }

    /// Has QEMU write into an image: `write -P 1 0 64k` and the like.
    func fill(_ name: String, format: String, _ commands: String...) throws {
        let arguments = ["-f", format] + commands.flatMap { ["-c", $0] } + [name]
        let outcome = try run(try #require(Environment.program("qemu-io")), arguments)
        try #require(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
    }

    /// The built tool, which lies beside the tests.
    static let tool = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("apus-image").path

    func run(_ program: String, _ arguments: [String]) throws -> Outcome {
        let process = Process()
        let (output, errors) = (path(".output"), path(".errors"))
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: try bytes(".output"), as: UTF8.self),
            errors: String(decoding: try bytes(".errors"), as: UTF8.self))
    }

    /// JSON with its keys sorted, so that texts can be compared; types stay what they are.
    static func normalized(_ text: String) throws -> String {
        try JSONValue(parsing: Array(text.utf8)).serialized(.pretty(sortedKeys: true))
    }
}
