// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// `apus image create`: makes an empty image.
package struct CreateCommand {
    private let path: String
    /// `nil` where the backing image's size counts.
    private let byteCount: UInt64?
    private let recipe: ImageRecipe
    private let looksAtBacking: Bool

    /// - Parameters:
    ///   - size: The size as the command line has it; `nil` where it is missing, and `-o size=` counts.
    ///   - looksAtBacking: Whether the backing image must be there (not with `-u`).
    package init(
        _ path: String, size: String?, recipe: ImageRecipe, looksAtBacking: Bool = true
    ) throws(ToolProblem) {
        self.path = path
        self.looksAtBacking = looksAtBacking
        var recipe = recipe
        let option = try recipe.options.takeSize("size")
        if let size { byteCount = try ImageSize.parse(size, "size") } else { byteCount = option }
        self.recipe = recipe
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let reference = try ImageMaker.check(recipe, target: path)
        var present: UInt64?
        if looksAtBacking, let reference {
            let image = try reference.image(of: path, sharesLocks: true)
            present = try ImageOpener(session: session, probing: .refused).open(image).node.byteCount
        }
        guard let byteCount = byteCount ?? present else {
            throw ToolProblem(
                path, found: "the image's size is missing", remedy: "write it after the path, such as 10G")
        }
        let target = try TargetFile(path)
        try target.whileMaking { () throws(ToolProblem) in
            let made = try ImageMaker.make(recipe, byteCount: byteCount, in: target, session)
            try ImageMaker.close(made.node, path, isDurable: false)
            try session.console.say("Formatting '\(path)', fmt=\(recipe.format.rawValue) \(made.parameters)")
        }
        return 0
    }
}
