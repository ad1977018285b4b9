// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A file of named byte strings in hexadecimal, kept beside the tests.
struct GoldenFile {
    /// Set to any value, the variable makes the tests write golden files instead of comparing them.
    static let variable = "APUS_WRITE_GOLDEN"

    /// The advice for a difference.
    static let advice = """
        A guest sees this difference: it belongs into a new version of the board. To change the file on purpose, run \
        \(variable)=1 swift test --filter BoardTests, and look at the difference before you commit it.
        """

    static var isWriting: Bool { ProcessInfo.processInfo.environment[variable] != nil }

    private let url: URL

    init(_ name: String) {
        url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Golden").appendingPathComponent(name)
    }

    func read() throws -> String {
        try String(contentsOf: url, encoding: .utf8)
    }

    func write(_ text: String) throws {
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    /// The bytes as lines of sixteen, each behind its offset.
    static func dump(_ name: String, _ bytes: [UInt8]) -> String {
        func digits(_ value: Int, _ count: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        var lines = ["# \(name): \(bytes.count) bytes"]
        for start in stride(from: 0, to: bytes.count, by: 16) {
            let line = bytes[start..<min(start + 16, bytes.count)]
            lines.append(digits(start, 4) + ": " + line.map { digits(Int($0), 2) }.joined(separator: " "))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
