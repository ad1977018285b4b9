// SPDX-License-Identifier: Apache-2.0
internal import Board

/// What a `PCIBridge` carries to another process.
package struct PCIBridgeState: DeviceState {
    /// All bytes of the configuration space.
    package var configurationSpace: [UInt8] = []

    package init() {}

    package static let fields: [StateField<Self>] = [
        StateField(1, \.configurationSpace, maximum: PCIConfigurationSpace.byteCount)
    ]
}
