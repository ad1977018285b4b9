// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Images one over the other, the top first, without what lies below the last: what they keep themselves.
struct OverlayStack {
    let images: [OpenImage]

    /// What the topmost image that keeps something at an offset keeps there, and which one that is; the extent is not
    /// present where none does.
    func extent(at offset: UInt64, limit: UInt64) throws(ToolProblem) -> (image: OpenImage, extent: BlockExtent) {
        var limit = limit
        for image in images {
            // Behind its end an image shows zeros, and not what is below it.
            guard offset < image.node.byteCount else {
                let zeros = BlockExtent(range: offset..<limit, isPresent: true, isZero: true, isData: false)
                return (image, zeros)
            }
            let extent: BlockExtent
            do {
                extent = try image.node.extent(at: offset, limit: min(limit, image.node.byteCount))
            } catch {
                throw ToolProblem(image.path, error)
            }
            if extent.isPresent { return (image, extent) }
            limit = extent.range.upperBound
        }
        let absent = BlockExtent(range: offset..<limit, isPresent: false, isZero: true, isData: false)
        return (images[images.count - 1], absent)
    }
}
