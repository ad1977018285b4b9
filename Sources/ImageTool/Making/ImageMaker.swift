// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Makes images of any format that can be written.
enum ImageMaker {
    /// Makes an empty image in a file.
    static func make(_ recipe: ImageRecipe, byteCount: UInt64, in target: TargetFile) throws(ToolProblem) -> MadeImage {
        switch recipe.format {
        case .raw: try RawMaker(recipe).make(byteCount: byteCount, in: target)
        case .qcow2: throw ToolProblem(target.path, found: "qcow2 images are not made yet")
        case .vmdk:
            throw ToolProblem(
                target.path, found: "vmdk images are read, not made", remedy: "make a raw or qcow2 image")
        }
    }

    /// Refuses what `make` would refuse whatever the file is, before anything is touched.
    static func check(_ recipe: ImageRecipe, target: String) throws(ToolProblem) {
        switch recipe.format {
        case .raw: _ = try RawMaker(recipe)
        case .qcow2: break
        case .vmdk:
            throw ToolProblem(target, found: "vmdk images are read, not made", remedy: "make a raw or qcow2 image")
        }
    }
}
