// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// `apus image info`: what an image is.
package struct InfoCommand {
    private let image: ImageReference
    private let output: OutputFormat
    private let showsChain: Bool

    /// - Parameter showsChain: Whether the backing images are told too (`--backing-chain`).
    package init(_ image: ImageReference, output: OutputFormat, showsChain: Bool) {
        self.image = image
        self.output = output
        self.showsChain = showsChain
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let images = try chain(session)
        switch (output, showsChain) {
        case (.human, _):
            var texts: [String] = []
            for image in images { texts.append(InfoText(image).text) }
            try session.console.write(texts.joined(separator: "\n"))
        case (.json, true):
            try session.console.say(JSONValue.array(images.map(\.report)).serialized(.pretty(sortedKeys: false)))
        case (.json, false):
            for image in images { try session.console.say(image.report.serialized(.pretty(sortedKeys: false))) }
        }
        return 0
    }

    private func chain(_ session: ToolSession) throws(ToolProblem) -> [OpenImage] {
        let opener = ImageOpener(session: session, probing: .allowed)
        var images: [OpenImage] = []
        var next: ImageReference? = image
        while let reference = next {
            try ImageOpener.checkDepth(images.count, image.path)
            let image = try opener.open(reference, withBacking: false)
            images.append(image)
            guard showsChain else { return images }
            next = try image.details.backing?.image(of: image.path, sharesLocks: reference.sharesLocks)
        }
        return images
    }
}
