// SPDX-License-Identifier: Apache-2.0

/// What a `KeyboardController` carries to another process.
package struct KeyboardControllerState: DeviceState {
    /// The last access was a read of the status.
    package var wasStatusRead = false

    package init() {}

    package static let fields: [StateField<Self>] = [StateField(1, \.wasStatusRead)]
}
