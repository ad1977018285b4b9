// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestKit
import Testing

/// QEMU with an image open for writing, as a machine has it.
final class ImageHolder {
    private let process = Process()
    private let input = Pipe()

    /// Returns when the image is open.
    init(_ name: String, format: String, in bench: Bench) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Environment.program("qemu-io")))
        process.arguments = ["-f", format, bench.path(name)]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        // Its prompt says that the image is open.
        _ = output.fileHandleForReading.availableData
    }

    /// Closes the image.
    func letGo() throws {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
