// SPDX-License-Identifier: Apache-2.0

extension OpenImage {
    /// The image below as a command names images; `nil` where there is none. Its format is what this image says: one
    /// that is missing is not guessed.
    func backing(sharesLocks: Bool) throws(ToolProblem) -> ImageReference? {
        guard let backing = details.backing else { return nil }
        guard let name = backing.format else {
            throw ToolProblem(
                path, found: "it does not say what format its backing image \(backing.path) has",
                remedy: "say so with apus image rebase -u -b \(backing.path) -F FORMAT")
        }
        let format = try ImageFormat(named: name, option: "\(path): backing format")
        return ImageReference(backing.resolved(from: path), format: format, sharesLocks: sharesLocks)
    }
}

extension OpenImage {
    /// The path of an image of the chain; 0 is this one.
    func path(atDepth depth: Int) -> String { depth < chain.count ? chain[depth] : path }
}
