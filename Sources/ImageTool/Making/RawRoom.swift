// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Gives parts of a raw image room in its file system.
struct RawRoom {
    private static let chunkByteCount = 1 << 20
    private let file: FileNode
    private let path: String

    init(_ file: FileNode, _ path: String) {
        self.file = file
        self.path = path
    }

    /// Gives room to a range that reads as zeros.
    func give(
        _ range: Range<UInt64>, _ preallocation: Preallocation, _ session: ToolSession
    ) throws(ToolProblem) {
        switch preallocation {
        case .off, .metadata: break
        case .falloc: try reserve(range)
        case .full: try fill(range, session)
        }
    }

    private func reserve(_ range: Range<UInt64>) throws(ToolProblem) {
        let isDone: Bool
        do { isDone = try file.reserve(range) } catch { throw ToolProblem(path, error) }
        guard isDone else {
            throw ToolProblem(
                path, found: "the file system cannot set room aside", remedy: "take preallocation=full")
        }
    }

    private func fill(_ range: Range<UInt64>, _ session: ToolSession) throws(ToolProblem) {
        var buffer = BlockBuffer(capacity: Self.chunkByteCount)
        buffer.fill(with: 0, count: Self.chunkByteCount)
        var offset = range.lowerBound
        while offset < range.upperBound {
            try session.checkInterruption()
            let count = Int(min(UInt64(Self.chunkByteCount), range.upperBound - offset))
            do { try buffer.write(0..<count, to: file, at: offset) } catch { throw ToolProblem(path, error) }
            offset += UInt64(count)
        }
        do { try file.flush() } catch { throw ToolProblem(path, error) }
    }
}
