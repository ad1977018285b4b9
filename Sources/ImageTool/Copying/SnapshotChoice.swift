// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// A snapshot inside an image as the command line names it (`-l`): `ID_OR_NAME`, or `snapshot.id=ID,snapshot.name=NAME`
/// or one of both.
package struct SnapshotChoice: Sendable {
    private let text: String
    private let identifier: String?
    private let name: String?

    package init(_ text: String) throws(ToolProblem) {
        self.text = text
        guard text.hasPrefix("snapshot.") else {
            (identifier, name) = (nil, nil)
            return
        }
        var options = try OptionList([text])
        identifier = options.take("snapshot.id")
        name = options.take("snapshot.name")
        guard options.isEmpty else {
            throw ToolProblem(
                "-l \(text)", found: "it has something beside snapshot.id and snapshot.name",
                remedy: "write snapshot.id=ID,snapshot.name=NAME")
        }
    }

    /// Has an image show that snapshot.
    func show(in image: OpenImage) throws(ToolProblem) {
        guard let node = image.node as? Qcow2Image else {
            throw ToolProblem(image.path, found: "\(image.format.rawValue) images have no snapshots")
        }
        guard let snapshot = snapshot(in: node) else {
            throw ToolProblem(
                image.path, found: "it has no snapshot \(text)", remedy: "apus image snapshot -l tells those it has")
        }
        do { try node.show(snapshot) } catch { throw ToolProblem(image.path, error) }
    }

    private func snapshot(in node: Qcow2Image) -> Qcow2Snapshot? {
        guard identifier != nil || name != nil else { return node.snapshot(text) }
        return node.snapshots.first { found in
            (identifier ?? found.identifier) == found.identifier && (name ?? found.name) == found.name
        }
    }
}
