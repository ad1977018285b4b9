// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `apus image serve` in a bench's folder, which runs until it is stopped.
final class Service {
    /// The address of its first export.
    let address: String
    private let process = Process()
    private let errors = Pipe()

    /// Returns once clients can connect.
    init(_ bench: Bench, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: Bench.tool)
        process.arguments = ["serve"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: bench.folder)
        process.standardInput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        var text = ""
        while !text.contains("\n") {
            let bytes = errors.fileHandleForReading.availableData
            if bytes.isEmpty { break }
            text += String(decoding: bytes, as: UTF8.self)
        }
        let line = text.split(separator: "\n").first.map(String.init) ?? ""
        let mark = "apus image: serving "
        try #require(line.hasPrefix(mark), "\(line)")
        address = String(line.dropFirst(mark.count))
    }

    convenience init(_ bench: Bench, _ arguments: String...) throws { try self.init(bench, arguments) }

    deinit { if process.isRunning { _ = stop() } }

    /// Ends it by SIGTERM; returns its exit status.
    func stop() -> Int32 {
        process.terminate()
        return wait()
    }

    /// Waits for its end.
    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// What it has said since its start; to be asked after its end.
    func remarks() -> String { String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
}
