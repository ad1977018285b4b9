// SPDX-License-Identifier: Apache-2.0

extension DiskFormat {
    /// What to do about a format that is not given.
    static func remedy(_ example: String) -> String {
        "write \(example); it is never guessed, because a guest can write the signature of another format into its disk"
    }

    /// What to do about a format that is not known. To write `raw` instead is right for a slip of the pen alone: a
    /// container that is used as a raw disk is destroyed.
    ///
    /// - Parameter example: How the converted image is given.
    static func remedy(forUnknown word: String, _ example: String) -> String {
        if let near = nearest(to: word, in: allCases.map(\.rawValue)) { return "did you mean \(quoted(near))?" }
        return "convert it: apus image convert -O qcow2 IN OUT, then give \(example)"
    }
}
