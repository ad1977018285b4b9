// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc

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
        if isList { return try list(image, session) }
        guard let node = image.node as? Qcow2Image else {
            throw ToolProblem(
                image.path, found: "\(image.format.rawValue) images have no snapshots",
                remedy: "convert it to qcow2 with apus image convert -O qcow2")
        }
        do {
            switch action {
            case .list: break
            case .create(let name): try Self.create(name, in: node)
            case .apply(let name): try node.applySnapshot(name)
            case .delete(let name): try node.deleteSnapshot(name)
            }
            try node.close()
        } catch {
            throw ToolProblem(image.path, error)
        }
        return 0
    }

    private func list(_ image: OpenImage, _ session: ToolSession) throws(ToolProblem) -> Int32 {
        guard !image.details.snapshots.isEmpty else { return 0 }
        let lines = ["Snapshot list:", SnapshotTable.header] + image.details.snapshots.map(SnapshotTable.line)
        for line in lines { try session.console.say(HumanText.printable(line)) }
        return 0
    }

    private static func create(_ name: String, in node: Qcow2Image) throws(BlockError) {
        var moment = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &moment)
        try node.createSnapshot(
            name: name, seconds: UInt32(clamping: moment.tv_sec), nanoseconds: UInt32(clamping: moment.tv_nsec))
    }
}
