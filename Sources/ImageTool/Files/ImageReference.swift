// SPDX-License-Identifier: Apache-2.0

/// An image as the command line names it.
package struct ImageReference: Sendable {
    package let path: String
    /// What `-f` says; `nil` where it is missing.
    package let format: ImageFormat?
    /// Whether others may be using it (`-U`).
    package let sharesLocks: Bool
    /// How its files are read and written.
    package let cache: CacheMode

    package init(
        _ path: String, format: ImageFormat?, sharesLocks: Bool = false, cache: CacheMode = .writeback
    ) {
        self.path = path
        self.format = format
        self.sharesLocks = sharesLocks
        self.cache = cache
    }
}
