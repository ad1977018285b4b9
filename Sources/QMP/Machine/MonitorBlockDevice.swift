// SPDX-License-Identifier: Apache-2.0

/// A disk, as `query-block` tells of it.
package struct MonitorBlockDevice: Equatable, Sendable {
    /// The name of the disk in the monitor, such as `disk0`.
    package var device: String
    /// The path of the device model, such as `/machine/peripheral/disk0/virtio-backend`.
    package var qdev: String
    /// What the image is called.
    package var fileName: String
    /// The layout of the image, such as `raw`.
    package var format: String
    /// Size of the disk that the guest sees, in bytes.
    package var virtualByteCount: UInt64
    /// Size that the image takes on the host, in bytes, if it is known.
    package var actualByteCount: UInt64?
    /// Whether the guest may only read.
    package var isReadOnly: Bool

    /// How many images lie below the disk's own.
    package var backingDepth = 0
    /// What the disk may do in a second; `nil` for all that it can.
    package var throttle: MonitorThrottle?

    /// Makes the description of a disk.
    package init(
        device: String, qdev: String, fileName: String, format: String, virtualByteCount: UInt64,
        actualByteCount: UInt64? = nil, isReadOnly: Bool
    ) {
        self.device = device
        self.qdev = qdev
        self.fileName = fileName
        self.format = format
        self.virtualByteCount = virtualByteCount
        self.actualByteCount = actualByteCount
        self.isReadOnly = isReadOnly
    }
}
