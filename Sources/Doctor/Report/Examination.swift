// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// All that was looked at on the host, and what follows from it.
package struct Examination: Equatable, Sendable {
    /// What was looked at, in the order of the report.
    package let checks: [Check]
    /// What follows.
    package let verdict: Verdict

    package init(checks: [Check], verdict: Verdict) {
        self.checks = checks
        self.verdict = verdict
    }

    /// A table with a line for each check, its remedy below it, and the verdict last.
    package var table: String {
        let width = checks.map(\.title.count).max() ?? 0
        var lines: [String] = []
        for check in checks {
            let padding = String(repeating: " ", count: width - check.title.count)
            lines.append("\(check.result.rawValue)  \(check.title)\(padding)  \(check.found)")
            if let remedy = check.remedy { lines.append("      \(String(repeating: " ", count: width))  → \(remedy)") }
        }
        return (lines + ["", verdict.sentence]).joined(separator: "\n")
    }

    /// The same as a JSON document: `verdict`, `reason`, `exitStatus`, and `checks` with `name`, `title`, `result`,
    /// `found` and `remedy`; what there is not is `null`.
    package var json: String {
        let document: JSONValue = [
            "verdict": .string(verdict.name), "reason": Self.text(verdict.reason),
            "exitStatus": JSONValue(verdict.exitStatus), "checks": .array(checks.map(Self.object)),
        ]
        return String(decoding: document.bytes(), as: UTF8.self)
    }

    private static func object(_ check: Check) -> JSONValue {
        [
            "name": .string(check.name), "title": .string(check.title), "result": .string(check.result.rawValue),
            "found": .string(check.found), "remedy": text(check.remedy),
        ]
    }

    private static func text(_ text: String?) -> JSONValue {
        text.map { .string($0) } ?? .null
    }
}
