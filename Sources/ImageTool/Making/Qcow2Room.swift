// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Gives parts of a qcow2 image room before they are written.
struct Qcow2Room {
    /// Between two looks at the signals; a multiple of every cluster.
    private static let chunkByteCount: UInt64 = 2 << 20
    /// The same where nothing is written but tables.
    private static let tableChunkByteCount: UInt64 = 1 << 30
    private let image: Qcow2Image
    private let path: String

    init(_ image: Qcow2Image, _ path: String) {
        self.image = image
        self.path = path
    }

    /// Gives room to a range that reads as zeros and was never written.
    ///
    /// - Parameter isNew: Whether the image was just made, and shows its backing image everywhere.
    func give(
        _ range: Range<UInt64>, _ preallocation: Preallocation, isNew: Bool = false, _ session: ToolSession
    ) throws(ToolProblem) {
        guard let kind = Qcow2CreateOptions.Preallocation(rawValue: preallocation.rawValue), kind != .off else {
            return
        }
        let chunk = kind == .full ? Self.chunkByteCount : Self.tableChunkByteCount
        var offset = range.lowerBound
        while offset < range.upperBound {
            try session.checkInterruption()
            let end = min(range.upperBound, (offset / chunk + 1) * chunk)
            do { try image.preallocate(offset..<end, kind, showsBacking: isNew) } catch {
                throw ToolProblem(path, error)
            }
            offset = end
        }
    }
}
