// SPDX-License-Identifier: Apache-2.0

/// `apus image bitmap`: the dirty bitmaps kept in an image.
package struct BitmapCommand {
    /// What is done, in the order of the command line.
    package enum Action: Equatable, Sendable {
        case add, remove, clear, enable, disable
        case merge(String)
    }

    private let image: ImageReference
    private let name: String
    private let actions: [Action]

    package init(_ image: ImageReference, name: String, actions: [Action]) throws(ToolProblem) {
        guard !actions.isEmpty else {
            throw ToolProblem(
                name, found: "nothing is to be done with it",
                remedy: "say --add, --remove, --clear, --enable, --disable or --merge SOURCE")
        }
        self.image = image
        self.name = name
        self.actions = actions
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let image = try ImageOpener(session: session, probing: .refused)
            .open(image, isReadOnly: false, withBacking: false)
        guard image.format != .qcow2 else {
            throw ToolProblem(image.path, found: "bitmaps are kept as they are, and not changed yet")
        }
        throw ToolProblem(
            image.path, found: "\(image.format.rawValue) images keep no bitmaps",
            remedy: "convert it to qcow2 with apus image convert -O qcow2")
    }
}
