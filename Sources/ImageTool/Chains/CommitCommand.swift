// SPDX-License-Identifier: Apache-2.0

/// `apus image commit`: moves an image's contents down into its backing image.
package struct CommitCommand {
    private let image: ImageReference

    package init(_ image: ImageReference) {
        self.image = image
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let image = try ImageOpener(session: session, probing: .refused).open(image, isReadOnly: false)
        guard image.details.backing != nil else {
            throw ToolProblem(image.path, found: "it has no backing image that its contents could go to")
        }
        throw ToolProblem(image.path, found: "\(image.format.rawValue) images are not committed yet")
    }
}
