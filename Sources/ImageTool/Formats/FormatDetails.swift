// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// What an image's format says of it beside its contents.
struct FormatDetails {
    /// The unit by which the format gives room.
    var clusterByteCount: UInt64?
    var backing: BackingReference?
    var isEncrypted = false
    /// The image was not closed in order.
    var isDirty = false
    var snapshots: [SnapshotDetails] = []
    /// What only this format has, under qemu-img's names.
    var specific: JSONObject?
}
