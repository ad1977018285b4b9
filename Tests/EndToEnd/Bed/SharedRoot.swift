// SPDX-License-Identifier: Apache-2.0

/// The Debian that scenarios share with their guests; made once, and kept in the cache.
enum SharedRoot {
    /// What the names of its images begin with; `nil` where it cannot be made here.
    static let location = EndToEndBed.place(madeBy: "share-root")
}
