// SPDX-License-Identifier: Apache-2.0

/// The names of many clones: a path with `%d`, or `%04d` for at least four digits, where the number goes; `%%` is a
/// percent sign.
package struct ClonePattern: Sendable {
    private static let maximumCount: UInt64 = 1_000_000
    private static let maximumDigits = 20
    private let before: String
    private let after: String
    private let digits: Int

    package init(_ text: String) throws(ToolProblem) {
        var parts = [""]
        var digits = 0
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                parts[parts.count - 1].append(character)
                continue
            }
            if rest.first == "%" {
                parts[parts.count - 1].append("%")
                rest.removeFirst()
                continue
            }
            let width = rest.prefix { $0.isASCII && $0.isNumber }
            guard let count = width.isEmpty ? 0 : Int(width), count <= Self.maximumDigits, parts.count == 1,
                rest.dropFirst(width.count).first == "d"
            else { throw Self.refusal(text) }
            digits = count
            rest = rest.dropFirst(width.count + 1)
            parts.append("")
        }
        guard parts.count == 2 else { throw Self.refusal(text) }
        (before, after, self.digits) = (parts[0], parts[1], digits)
    }

    /// The names with the numbers from 1 on.
    package func names(_ count: UInt64) throws(ToolProblem) -> [String] {
        guard (1...Self.maximumCount).contains(count) else {
            throw ToolProblem(
                "--count \(count)", found: "it is not a number from 1 to \(Self.maximumCount)",
                remedy: "write such a number")
        }
        return (1...count).map { number in
            let text = String(number)
            return before + String(repeating: "0", count: max(0, digits - text.count)) + text + after
        }
    }

    private static func refusal(_ text: String) -> ToolProblem {
        ToolProblem(
            text, found: "with --count, one %d says where the number goes, and nothing else follows a percent sign",
            remedy: "write such as vm-%04d.qcow2; a percent sign itself is %%")
    }
}
