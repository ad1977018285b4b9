// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// The dirty bitmaps that `convert --bitmaps` copies together with the contents.
struct BitmapCopy {
    private let source: Qcow2Image
    private let path: String
    private let bitmaps: [Qcow2Bitmap]

    /// Finds the bitmaps, before anything is written.
    ///
    /// - Parameter skipsBroken: Whether those that cannot be copied are left out (`--skip-broken-bitmaps`).
    init(from image: OpenImage, skipsBroken: Bool, _ console: Console) throws(ToolProblem) {
        guard let node = image.node as? Qcow2Image, node.header.version >= 3 else {
            throw ToolProblem(
                "--bitmaps", found: "\(image.path) is of a format that keeps none", remedy: "leave it out")
        }
        source = node
        path = image.path
        var bitmaps: [Qcow2Bitmap] = []
        for bitmap in node.bitmaps {
            if bitmap.isUsable {
                bitmaps.append(bitmap)
            } else if skipsBroken {
                console.remark("\(image.path): bitmap \(bitmap.name) is inconsistent, and left out")
            } else {
                throw ToolProblem(
                    image.path, found: "bitmap \(bitmap.name) is inconsistent and cannot be copied",
                    remedy: "leave such ones out with --skip-broken-bitmaps, or end it with apus image bitmap --remove")
            }
        }
        self.bitmaps = bitmaps
    }

    /// Refuses a target that could keep no bitmaps.
    static func check(_ recipe: ImageRecipe) throws(ToolProblem) {
        guard recipe.format == .qcow2, try Qcow2Maker(recipe).keepsBitmaps else {
            throw ToolProblem(
                "--bitmaps", found: "what is made is of a format that keeps none",
                remedy: "take -O qcow2 -o compat=1.1, or leave it out")
        }
    }

    /// Makes the bitmaps in an image that has its contents by now.
    func perform(on node: any BlockNode, _ target: String) throws(ToolProblem) {
        guard let node = node as? Qcow2Image else { return }
        for bitmap in bitmaps {
            let bits: DirtyBitmap
            do { bits = try source.bitmapContents(bitmap.name) } catch { throw ToolProblem(path, error) }
            do {
                try node.addBitmap(bitmap.name, granularity: bitmap.granularity, isEnabled: bitmap.isEnabled)
                try node.mergeBitmap(bitmap.name, from: bits)
            } catch {
                throw ToolProblem(target, error)
            }
        }
    }
}
