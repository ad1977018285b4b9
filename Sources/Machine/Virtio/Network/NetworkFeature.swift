// SPDX-License-Identifier: Apache-2.0

/// Feature bits of a network device (virtio 1.2 §5.1.3).
package enum NetworkFeature {
    /// The driver may leave a checksum to the device.
    package static let checksum: UInt64 = 1 << 0
    /// The driver takes frames whose checksum is left to it.
    package static let guestChecksum: UInt64 = 1 << 1
    package static let hardwareAddress: UInt64 = 1 << 5
    package static let guestSegments4: UInt64 = 1 << 7
    package static let guestSegments6: UInt64 = 1 << 8
    package static let guestCongestion: UInt64 = 1 << 9
    package static let hostSegments4: UInt64 = 1 << 11
    package static let hostSegments6: UInt64 = 1 << 12
    package static let hostCongestion: UInt64 = 1 << 13
    package static let mergeableBuffers: UInt64 = 1 << 15
    package static let status: UInt64 = 1 << 16

    /// What only an attachment with offloads can do.
    static let offloads =
        checksum | guestChecksum | guestSegments4 | guestSegments6 | guestCongestion | hostSegments4 | hostSegments6
        | hostCongestion
}
