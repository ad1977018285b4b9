// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import JSON

/// `apus image check`: whether an image's tables are right. Ends with 0 where they are, 2 where they are damaged, 3
/// where room is lost, 63 where the format has nothing to check, 1 where it could not be checked.
package struct CheckCommand {
    /// What is repaired (`-r`).
    package enum Repair: String, CaseIterable, Sendable { case leaks, all }

    /// The exit status for a format without tables.
    package static let nothingToCheck: Int32 = 63
    private let image: ImageReference
    private let repair: Repair?
    private let output: OutputFormat

    package init(_ image: ImageReference, repair: Repair?, output: OutputFormat) {
        self.image = image
        self.repair = repair
        self.output = output
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        var opener = ImageOpener(session: session, probing: repair == nil ? .allowed : .refused)
        opener.repairs = repair != nil
        let image = try opener.open(image, isReadOnly: repair == nil, withBacking: false)
        guard let node = image.node as? Qcow2Image else {
            throw ToolProblem(
                image.path, found: "\(image.format.rawValue) images have nothing that could be checked",
                exitStatus: Self.nothingToCheck)
        }
        let report: CheckReport
        do {
            let found = try node.check(repair: Self.scope(repair))
            report = CheckReport(image.path, image.format, found)
            try node.close()
        } catch {
            throw ToolProblem(image.path, error)
        }
        for message in report.messages { session.console.show("\(message)\n") }
        switch output {
        case .human: try session.console.write(report.text)
        case .json: try session.console.say(report.json.serialized(.pretty(sortedKeys: false)))
        }
        return report.exitStatus
    }

    private static func scope(_ repair: Repair?) -> Qcow2Repair {
        switch repair {
        case nil: .nothing
        case .leaks: .leaks
        case .all: .all
        }
    }
}
