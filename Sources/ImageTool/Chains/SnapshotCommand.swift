// SPDX-License-Identifier: Apache-2.0

/// `apus image snapshot`: the snapshots inside an image.
package struct SnapshotCommand {
    package enum Action: Equatable, Sendable {
        case list
        case create(String)
        case apply(String)
        case delete(String)
    }

    private let image: ImageReference
    private let action: Action

    package init(_ image: ImageReference, _ action: Action) {
        self.image = image
        self.action = action
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let isList = action == .list
        let opener = ImageOpener(session: session, probing: isList ? .allowed : .refused)
        let image = try opener.open(image, isReadOnly: isList, withBacking: false)
        guard isList else {
            throw ToolProblem(
                image.path, found: "\(image.format.rawValue) images have no snapshots",
                remedy: "convert it to qcow2 with apus image convert -O qcow2")
        }
        if !image.details.snapshots.isEmpty {
            let lines = ["Snapshot list:", SnapshotTable.header] + image.details.snapshots.map(SnapshotTable.line)
            for line in lines { try session.console.say(line) }
        }
        return 0
    }
}
