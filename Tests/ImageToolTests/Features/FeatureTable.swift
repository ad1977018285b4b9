// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `docs/image-features.md`: what works with each feature of each format, by a test, or what the tool says instead.
enum FeatureTable {
    static let rows = rawRows + qcow2Rows + vmdkRows + foreignRows

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let page = root.appendingPathComponent("docs/image-features.md")

    private static let heading = """
        # Features of image formats

        What works with each feature, by the name of a test that passes (`swift test --filter SUITE/FUNCTION`), or the
        sentence that `apus image` says instead. Made by
        `\(GoldenPage.variable)=1 swift test --filter FeatureTests`; a test run fails where it does not fit.


        """

    /// The page as it must be.
    static func text() throws -> String {
        let operations = FeatureRow.Operation.allCases
        var lines = ["| feature | " + operations.map(\.rawValue).joined(separator: " | ") + " |"]
        lines.append("|" + String(repeating: "---|", count: operations.count + 1))
        for row in rows {
            var cells: [String] = []
            for operation in operations {
                let cell = try #require(row.cells[operation], "\(row.name) has nothing about \(operation)")
                cells.append(try text(cell, row))
            }
            lines.append("| \(row.name) | " + cells.joined(separator: " | ") + " |")
        }
        return heading + lines.joined(separator: "\n") + "\n"
    }

    private static func text(_ cell: FeatureRow.Cell, _ row: FeatureRow) throws -> String {
        switch cell {
        case .test(let name): return "`\(name)`"
        case .sentence(let arguments):
            let bench = try Bench()
            try row.image?.make(in: bench)
            let outcome = try bench.apus(arguments)
            let start = "apus image: "
            try #require(
                outcome.status != 0 && outcome.errors.hasPrefix(start),
                "\(row.name): \(arguments.joined(separator: " ")) is done: \(outcome.errors)")
            let sentence = outcome.errors.dropFirst(start.count).trimmingCharacters(in: .whitespacesAndNewlines)
            return sentence.replacingOccurrences(of: "|", with: "\\|")
        }
    }

    /// Every `Suite/function` of the tests' sources.
    static func tests() throws -> Set<String> {
        var names: Set<String> = []
        let folder = root.appendingPathComponent("Tests")
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        for file in files where file.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            guard let suite = text.firstMatch(of: /(?m)^@Suite[\s\S]*?^(?:final class|struct) (\w+)/)?.output.1 else {
                continue
            }
            for part in text.split(separator: /(?m)^    @Test/).dropFirst() {
                if let function = part.firstMatch(of: /func (\w+)\(/)?.output.1 { names.insert("\(suite)/\(function)") }
            }
        }
        return names
    }
}
