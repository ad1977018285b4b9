// SPDX-License-Identifier: Apache-2.0

/// A directory of the host that the guest mounts by its tag (virtio-9p).
package struct ShareConfiguration: Equatable, Sendable {
    /// The longest tag, in bytes: what QEMU takes.
    package static let maximumTagByteCount = 31

    /// What the guest mounts the directory by: printable ASCII without spaces, `,` and `=`.
    package var tag: String
    /// The directory. A descriptor may be a mere place (O_PATH).
    package var source: Resource
    /// Whether the guest may only read.
    package var readOnly: Bool
    /// What becomes of owners. The launcher takes `nil` as `passthrough` for root and as `squash` for everybody else.
    package var owners: ShareOwners?

    /// Makes a share of `source`.
    package init(tag: String, source: Resource, readOnly: Bool = false, owners: ShareOwners? = nil) {
        self.tag = tag
        self.source = source
        self.readOnly = readOnly
        self.owners = owners
    }
}
