// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// A dirty bitmap of a qcow2 image as clients of a server see it: as it is when they ask.
///
/// Called as the image is: by one thread at a time.
final class BitmapMap: DirtyMap {
    private let image: Qcow2Image
    private let name: String

    /// - Throws: Where the image has no such bitmap, or one that was not kept up to date.
    init(of image: OpenImage, named name: String) throws(ToolProblem) {
        guard let node = image.node as? Qcow2Image else {
            throw ToolProblem(
                "\(image.path): bitmap \(name)", found: "\(image.format.rawValue) images have no dirty bitmaps",
                remedy: "leave it out")
        }
        do throws(BlockError) { _ = try node.bitmapContents(name) } catch { throw ToolProblem(image.path, error) }
        self.image = node
        self.name = name
    }

    func dirtyExtent(
        at offset: UInt64, limit: UInt64
    ) throws(BlockError) -> (range: Range<UInt64>, isDirty: Bool) {
        guard let dirty = try image.bitmapContents(name).nextDirtyRange(in: offset..<limit) else {
            return (offset..<limit, false)
        }
        return dirty.lowerBound > offset ? (offset..<dirty.lowerBound, false) : (dirty, true)
    }
}
