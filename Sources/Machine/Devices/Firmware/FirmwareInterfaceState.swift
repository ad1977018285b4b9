// SPDX-License-Identifier: Apache-2.0

/// What a `FirmwareInterface` carries to another process; any value can be reached.
package struct FirmwareInterfaceState: DeviceState {
    /// The selected item.
    package var key: UInt16 = 0
    /// How far it has been read, in bytes.
    package var offset: UInt32 = 0
    /// The upper half of the address for DMA, while the lower one is awaited.
    package var addressHigh: UInt32 = 0

    package init() {}

    package static let fields: [StateField<Self>] = [
        StateField(1, \.key), StateField(2, \.offset), StateField(3, \.addressHigh),
    ]
}
