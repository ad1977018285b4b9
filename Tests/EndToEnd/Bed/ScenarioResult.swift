// SPDX-License-Identifier: Apache-2.0
import GuestKit
import JSON
import Testing

/// What one scenario left in its folder.
struct ScenarioResult: CustomStringConvertible {
    let name: String
    let folder: String
    /// What the lab said when it did not come this far.
    let labOutput: String

    /// A file's text without the white space at its end; empty where there is none.
    subscript(_ file: String) -> String {
        let text = (try? Files.readText("\(folder)/\(file)")) ?? ""
        return String(text.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// The exit status that the scenario noted in a file.
    func status(_ file: String = "status") -> Int32? { Int32(self[file]) }

    /// The lines of the console.
    var console: [String] { self["console"].split(whereSeparator: \.isNewline).map(String.init) }

    /// What follows a prefix on each line of the console that has it.
    func said(_ prefix: String) -> [String] {
        console.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    /// What the scenario's client printed, which must have come to its end.
    func clientAnswer() throws -> JSONValue {
        try #require(status("client.status") == 0, "\(self["client.err"])\n\(self["client.out"])\n\(self)")
        return try JSONValue(parsing: Array(self["client.out"].utf8))
    }

    /// The kernel's warnings and errors, without time stamps; `nil` where the guest has not told all of them.
    var complaints: [String]? {
        guard console.contains("complaints: end") else { return nil }
        return said("complaint: ").map { line in String(line.drop { $0 != "]" }.dropFirst(2)) }
    }

    /// Whether the driver ran to its end and left no process behind, and no thread ran on that had nothing to do.
    var isOrderly: Bool {
        status("host.status") == 0 && ["survivors", "host.err", "restless"].allSatisfy { self[$0].isEmpty }
    }

    /// The ends of all that was said, for the message of a failure.
    var description: String {
        let files = ["host.status", "host.err", "survivors", "restless", "status", "errors", "console"]
        let parts = files.map { "--- \($0)\n\(Self.tail(self[$0]))\n" }
        let lab = Files.exists("\(folder)/host.status") ? "" : "--- lab\n\(Self.tail(labOutput))\n"
        return "\(name), in \(folder)\n" + parts.joined() + lab
    }

    private static func tail(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).suffix(30).joined(separator: "\n")
    }
}
