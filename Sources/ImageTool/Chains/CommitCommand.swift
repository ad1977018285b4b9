// SPDX-License-Identifier: Apache-2.0

/// `apus image commit`: moves an image's contents down into its backing image.
package struct CommitCommand {
    package struct Settings {
        /// The image of the chain that the contents go to; `nil` for the next one below (`-b`).
        package var base: String?
        /// Whether the image is emptied afterwards.
        package var empties = true
        package var showsProgress = false
        /// Both images are made durable before the end (`-t`).
        package var flushes = true

        package init() {}
    }

    private let image: ImageReference
    private let settings: Settings

    package init(_ image: ImageReference, _ settings: Settings) {
        self.image = image
        self.settings = settings
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let image = try ImageOpener(session: session, probing: .refused).open(image, isReadOnly: false)
        guard image.details.backing != nil else {
            throw ToolProblem(image.path, found: "it has no backing image that its contents could go to")
        }
        throw ToolProblem(image.path, found: "\(image.format.rawValue) images are not committed yet")
    }
}
