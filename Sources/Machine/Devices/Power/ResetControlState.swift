// SPDX-License-Identifier: Apache-2.0

/// What a `ResetControl` carries to another process.
package struct ResetControlState: DeviceState {
    /// The kind of reset that the guest has chosen.
    package var value: UInt8 = 0

    package init() {}

    package static let fields: [StateField<Self>] = [StateField(1, \.value)]
}
