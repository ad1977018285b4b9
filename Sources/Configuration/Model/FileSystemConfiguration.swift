// SPDX-License-Identifier: Apache-2.0

/// A folder of the host that virtiofsd shares with the guest (virtio-fs).
package struct FileSystemConfiguration: Equatable, Sendable {
    /// The longest tag, in bytes of UTF-8 (virtio 1.2 §5.11.4).
    package static let maximumTagByteCount = 36

    /// What the guest may keep of what it has read.
    package enum Cache: String, CaseIterable, Sendable {
        /// Nothing: what the host changes is seen at once.
        case none
        /// For a second, and while a file is open.
        case auto
        /// For as long as it likes: nobody else changes the folder.
        case always
    }

    /// What the guest calls the folder.
    package var tag: String
    /// The folder. A descriptor is a socket that is connected to its server (vhost-user).
    package var source: Resource
    /// What the guest may keep.
    package var cache: Cache

    /// Makes a shared folder.
    package init(tag: String, source: Resource, cache: Cache = .auto) {
        self.tag = tag
        self.source = source
        self.cache = cache
    }
}
