// SPDX-License-Identifier: Apache-2.0

/// Feature bits of a network device (virtio 1.2 §5.1.3).
package enum NetworkFeature {
    /// The driver may leave a checksum to the device.
    package static let checksum: UInt64 = 1 << 0
    /// The driver takes frames whose checksum is left to it.
    package static let guestChecksum: UInt64 = 1 << 1
    /// The largest packet is in the configuration structure.
    package static let maximumTransmissionUnit: UInt64 = 1 << 3
    package static let hardwareAddress: UInt64 = 1 << 5
    package static let guestSegments4: UInt64 = 1 << 7
    package static let guestSegments6: UInt64 = 1 << 8
    package static let guestCongestion: UInt64 = 1 << 9
    package static let hostSegments4: UInt64 = 1 << 11
    package static let hostSegments6: UInt64 = 1 << 12
    package static let hostCongestion: UInt64 = 1 << 13
    package static let mergeableBuffers: UInt64 = 1 << 15
    package static let status: UInt64 = 1 << 16
    package static let controlQueue: UInt64 = 1 << 17
    /// The driver may choose which frames it wants, by kind and by address.
    package static let receiveMode: UInt64 = 1 << 18
    package static let receiveModeExtra: UInt64 = 1 << 20
    /// The driver announces itself to the network when it is asked to.
    package static let guestAnnounce: UInt64 = 1 << 21
    package static let multipleQueues: UInt64 = 1 << 22
    /// The driver may set the card's address by a command.
    package static let addressCommand: UInt64 = 1 << 23

    /// What the control queue brings, but for several queue pairs.
    static let control = controlQueue | receiveMode | receiveModeExtra | guestAnnounce | addressCommand
    /// What only an attachment with offloads can do.
    static let offloads =
        checksum | guestChecksum | guestSegments4 | guestSegments6 | guestCongestion | hostSegments4 | hostSegments6
        | hostCongestion
}
