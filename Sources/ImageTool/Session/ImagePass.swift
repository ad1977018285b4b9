// SPDX-License-Identifier: Apache-2.0

/// One way through an image from its beginning to its end, piece by piece: with progress, signals and a rate.
struct ImagePass {
    /// A piece of the work that is done.
    struct Piece {
        /// Where it ended; behind where it began.
        let end: UInt64
        /// How many bytes of it were moved, for the rate.
        var movedByteCount: UInt64 = 0
    }

    private let session: ToolSession
    private let byteCount: UInt64
    private let progress: ProgressBar
    private var pace: Pace

    init(_ session: ToolSession, byteCount: UInt64, showsProgress: Bool, bytesPerSecond: UInt64? = nil) {
        self.session = session
        self.byteCount = byteCount
        progress = ProgressBar(session.console, total: byteCount, isShown: showsProgress)
        pace = Pace(bytesPerSecond: bytesPerSecond)
    }

    /// Has every piece done; `step` works from an offset on.
    mutating func run(_ step: (UInt64) throws(ToolProblem) -> Piece) throws(ToolProblem) {
        var offset: UInt64 = 0
        while offset < byteCount {
            try session.checkInterruption()
            let piece = try step(offset)
            progress.advance(by: piece.end - offset)
            offset = piece.end
            if offset < byteCount { try pace.account(piece.movedByteCount, session) }
        }
    }

    /// All is done, what follows the pieces too.
    func finish() { progress.finish() }
}
