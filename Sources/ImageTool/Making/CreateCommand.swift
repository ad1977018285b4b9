// SPDX-License-Identifier: Apache-2.0

/// `apus image create`: makes an empty image.
package struct CreateCommand {
    private let path: String
    private let byteCount: UInt64
    private let recipe: ImageRecipe

    /// - Parameter size: The size as the command line has it; `nil` where it is missing, and `-o size=` counts.
    package init(_ path: String, size: String?, recipe: ImageRecipe) throws(ToolProblem) {
        self.path = path
        var recipe = recipe
        let option = try recipe.options.takeSize("size")
        if let size {
            byteCount = try ImageSize.parse(size, "size")
        } else if let option {
            byteCount = option
        } else {
            throw ToolProblem(path, found: "the image's size is missing", remedy: "write it after the path, such as 10G")
        }
        self.recipe = recipe
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        try ImageMaker.check(recipe, target: path)
        let target = try TargetFile(path)
        try target.whileMaking { () throws(ToolProblem) in
            let made = try ImageMaker.make(recipe, byteCount: byteCount, in: target)
            try session.console.say("Formatting '\(path)', fmt=\(recipe.format.rawValue) \(made.parameters)")
        }
        return 0
    }
}
