// SPDX-License-Identifier: Apache-2.0

/// What a peer may ask for. What goes beyond is refused before memory is taken for it.
package enum NBDLimits {
    /// The longest payload of a read or write, in bytes; what every implementation takes.
    package static let maximumPayload: UInt32 = 32 << 20
    /// The longest name of an export, a bitmap or a context ("NBD protocol", "Values").
    package static let maximumNameLength = 4096
    /// The longest data of an option, in bytes.
    package static let maximumOptionLength = 64 << 10
    /// How many options a client may send before it reads or writes.
    package static let maximumOptionCount = 4096
    /// The longest answer to an option or request that is no payload, in bytes.
    package static let maximumReplyLength = 1 << 20
    /// How many extents one answer tells at most.
    package static let maximumExtentCount = 8192
    /// How many exports a server lists, at most, in its client.
    package static let maximumExportCount = 10_000
}
