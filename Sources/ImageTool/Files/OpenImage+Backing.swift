// SPDX-License-Identifier: Apache-2.0

extension BackingReference {
    /// The backing image as a command names images. A format that is not written down is not guessed.
    ///
    /// - Parameter path: The image that lies over it.
    func image(
        of path: String, sharesLocks: Bool = false, cache: CacheMode = .writeback
    ) throws(ToolProblem) -> ImageReference {
        guard !NBDAddress.isAddress(self.path) else {
            throw ToolProblem(
                path,
                found: "its backing image is \(self.path), and an image does not decide whom this tool connects to",
                remedy: "copy that to a file, and name it with apus image rebase -u")
        }
        guard !self.path.utf8.contains(0) else {
            throw ToolProblem(path, found: "the name of its backing image has a zero byte, which no path has")
        }
        guard let name = format else {
            throw ToolProblem(
                path, found: "it does not say what format its backing image \(self.path) has",
                remedy: "say so with apus image rebase -u -b \(self.path) -F FORMAT")
        }
        let format = try ImageFormat(named: name, option: "\(path): backing format")
        return ImageReference(resolved(from: path), format: format, sharesLocks: sharesLocks, cache: cache)
    }
}

extension OpenImage {
    /// The path of an image of the chain; 0 is this one.
    func path(atDepth depth: Int) -> String { depth < chain.count ? chain[depth].path : path }
}
