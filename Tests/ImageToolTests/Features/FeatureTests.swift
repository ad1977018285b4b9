// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("The table of features", .enabled(if: Bench.hasQEMU, "QEMU's tools are not installed"))
struct FeatureTests {
    @Test("each test that the table names is there")
    func tests() throws {
        let present = try FeatureTable.tests()
        try #require(present.contains("FeatureTests/tests"))

        for row in FeatureTable.rows {
            for case .test(let name) in row.cells.values {
                #expect(present.contains(name), "\(row.name): there is no test \(name)")
            }
        }
    }

    @Test("the page says what the tests and the tool say")
    func page() throws {
        let text = try FeatureTable.text()

        if GoldenPage.isWriting { return try text.write(to: FeatureTable.page, atomically: true, encoding: .utf8) }
        let present = try String(contentsOf: FeatureTable.page, encoding: .utf8)
        for (line, wanted) in zip(present.split(separator: "\n"), text.split(separator: "\n")) {
            #expect(line == wanted)
        }
        #expect(
            present == text,
            "\(FeatureTable.page.lastPathComponent): run \(GoldenPage.variable)=1 swift test --filter FeatureTests")
    }
}
