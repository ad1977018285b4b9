// SPDX-License-Identifier: Apache-2.0
import Board
import Foundation
import Testing

/// What ACPICA's compiler makes of the tables.
@Suite("ACPI tables through iasl")
struct CompilerTests {
    static let compiler = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/iasl" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Runs iasl in `directory` and returns all it said.
    static func run(_ arguments: [String], in directory: URL) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(compiler))
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        return text
    }

    @Test(
        "every table is taken apart without complaint, and what comes out compiles",
        .enabled(if: compiler != nil, "iasl (package acpica-tools) is not on PATH"), arguments: [4, 300])
    func compile(processorCount: Int) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        var configuration = try StandardBoard.configuration()
        configuration.topology = try ProcessorTopology(processorCount: processorCount)

        for table in ACPITables(configuration).tables where table.signature != "RSDP" {
            let file = directory.appendingPathComponent(table.signature + ".aml")
            try Data(table.piece.bytes).write(to: file)
            let taken = try Self.run(["-d", file.lastPathComponent], in: directory)
            for word in ["rror", "arning", "nvalid", "ncorrect"] {
                #expect(!taken.contains(word), "\(table.signature): \(taken)")
            }
            let compiled = try Self.run([table.signature + ".dsl"], in: directory)
            #expect(compiled.contains(" 0 Errors, 0 Warnings") || table.signature != "DSDT", "\(compiled)")
            #expect(!compiled.contains("Error  "), "\(compiled)")
        }
    }
}
