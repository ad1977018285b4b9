// SPDX-License-Identifier: Apache-2.0

/// `apus image rebase`: gives an image another backing image.
package struct RebaseCommand {
    private let image: ImageReference

    package init(_ image: ImageReference) {
        self.image = image
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let image = try ImageOpener(session: session, probing: .refused)
            .open(image, isReadOnly: false, withBacking: false)
        throw ToolProblem(
            image.path, found: "\(image.format.rawValue) images have no backing image",
            remedy: "convert it to qcow2 with apus image convert -O qcow2")
    }
}
