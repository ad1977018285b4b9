// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

/// A block device over a file, which goes with its owner.
final class LoopDevice {
    let path: String
    private let file: String

    /// Why there can be none; `nil` where there can.
    static let obstacle: String? = {
        guard geteuid() == 0 else { return "loop devices need root" }
        guard let device = try? LoopDevice(byteCount: 1 << 20, sectorByteCount: 512) else {
            return "losetup cannot make a loop device here"
        }
        _ = device
        return nil
    }()

    init(byteCount: Int, sectorByteCount: Int) throws {
        let file = "/tmp/apus-loop-\(UUID().uuidString)"
        try #require(FileManager.default.createFile(atPath: file, contents: Data(count: byteCount)))
        self.file = file
        do {
            path = try Self.run(["--find", "--show", "--sector-size", "\(sectorByteCount)", file])
                .trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            _ = unsafe unlink(file)
            throw error
        }
    }

    deinit {
        _ = try? Self.run(["--detach", path])
        _ = unsafe unlink(file)
    }

    private static func run(_ arguments: [String]) throws -> String {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["losetup"] + arguments
        process.standardOutput = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        struct Refusal: Error {}
        guard process.terminationStatus == 0 else { throw Refusal() }
        return String(decoding: text, as: UTF8.self)
    }
}
