// SPDX-License-Identifier: Apache-2.0

/// `apus image rebase`: gives an image another backing image.
package struct RebaseCommand {
    package struct Settings {
        /// The new backing image; `nil` for none.
        package var backing: String?
        package var backingFormat: ImageFormat?
        /// Only the name is written down (`-u`).
        package var isNameOnly = false
        package var showsProgress = false
        /// The image is made durable before the end (`-t`).
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
        let image = try ImageOpener(session: session, probing: .refused)
            .open(image, isReadOnly: false, withBacking: false)
        throw ToolProblem(
            image.path, found: "\(image.format.rawValue) images have no backing image",
            remedy: "convert it to qcow2 with apus image convert -O qcow2")
    }
}
