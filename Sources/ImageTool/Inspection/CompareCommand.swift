// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// `apus image compare`: whether two images have the same contents. Ends with 0 where they have, with 1 where not.
package struct CompareCommand {
    private let first: ImageReference
    private let second: ImageReference
    private let isStrict: Bool
    private let showsProgress: Bool
    private static let chunkByteCount: UInt64 = 2 << 20
    private static let sectorByteCount = 512
    /// The exit status where they could not be compared.
    package static let failed: Int32 = 2

    /// - Parameter isStrict: Whether size and allocation must be the same too (`-s`).
    package init(_ first: ImageReference, _ second: ImageReference, isStrict: Bool, showsProgress: Bool) {
        self.first = first
        self.second = second
        self.isStrict = isStrict
        self.showsProgress = showsProgress
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        do {
            let opener = ImageOpener(session: session, probing: .allowed)
            return try compare([try opener.open(first), try opener.open(second)], session)
        } catch {
            throw error.exitStatus == 1 ? error.exiting(Self.failed) : error
        }
    }

    private func compare(_ images: [OpenImage], _ session: ToolSession) throws(ToolProblem) -> Int32 {
        let sizes = images.map(\.node.byteCount)
        let (common, total) = (min(sizes[0], sizes[1]), max(sizes[0], sizes[1]))
        if isStrict, common != total {
            try session.console.say("Strict mode: Image size mismatch!")
            return 1
        }
        let progress = ProgressBar(session.console, total: total, isShown: showsProgress)
        var comparison = Comparison(images)
        var offset: UInt64 = 0
        while offset < total {
            try session.checkInterruption()
            if offset == common { try session.console.say("Warning: Image size mismatch!") }
            let end = try comparison.step(at: offset, limit: offset < common ? common : total, isStrict: isStrict)
            if let difference = comparison.difference {
                try session.console.say(difference)
                return 1
            }
            progress.advance(by: end - offset)
            offset = end
        }
        progress.finish()
        try session.console.say("Images are identical.")
        return 0
    }

    /// Two images that are gone through side by side.
    private struct Comparison {
        private static let capacity = Int(CompareCommand.chunkByteCount)
        let images: [OpenImage]
        var buffers = [BlockBuffer(capacity: Self.capacity), BlockBuffer(capacity: Self.capacity)]
        /// The sentence about the first difference.
        var difference: String?

        init(_ images: [OpenImage]) { self.images = images }

        /// Compares from `offset` on and returns how far it came.
        mutating func step(at offset: UInt64, limit: UInt64, isStrict: Bool) throws(ToolProblem) -> UInt64 {
            let extents = [try extent(0, offset, limit), try extent(1, offset, limit)]
            // One that has ended reads as zeros.
            let end = min(extents[0]?.range.upperBound ?? limit, extents[1]?.range.upperBound ?? limit)
            if isStrict, !Self.areKeptAlike(extents) {
                difference = "Strict mode: Offset \(offset) block status mismatch!"
            }
            let readsZero = extents.map { $0?.isZero ?? true }
            if readsZero[0] && readsZero[1] { return end }
            let count = Int(min(end - offset, CompareCommand.chunkByteCount))
            for index in 0..<2 { try fill(index, at: offset, count, isZero: readsZero[index]) }
            if difference == nil, let position = firstDifference(count) {
                difference = "Content mismatch at offset \(offset + UInt64(position))!"
            }
            return offset + UInt64(count)
        }

        private func extent(_ index: Int, _ offset: UInt64, _ limit: UInt64) throws(ToolProblem) -> BlockExtent? {
            guard offset < images[index].node.byteCount else { return nil }
            do {
                return try images[index].node.extent(at: offset, limit: limit)
            } catch {
                throw ToolProblem(images[index].path, error)
            }
        }

        private mutating func fill(_ index: Int, at offset: UInt64, _ count: Int, isZero: Bool) throws(ToolProblem) {
            if isZero { return buffers[index].fill(with: 0, count: count) }
            do {
                try buffers[index].fill(from: images[index].node, at: offset, count: count)
            } catch {
                throw ToolProblem(images[index].path, error)
            }
        }

        private static func areKeptAlike(_ extents: [BlockExtent?]) -> Bool {
            guard let first = extents[0], let second = extents[1] else { return false }
            return first.isPresent == second.isPresent && first.isZero == second.isZero
                && first.isData == second.isData
        }

        /// The first sector that is not the same.
        private func firstDifference(_ count: Int) -> Int? {
            if buffers[0].hasSameBytes(as: buffers[1], in: 0..<count) { return nil }
            return stride(from: 0, to: count, by: CompareCommand.sectorByteCount).first { start in
                let range = start..<min(count, start + CompareCommand.sectorByteCount)
                return !buffers[0].hasSameBytes(as: buffers[1], in: range)
            }
        }
    }
}
