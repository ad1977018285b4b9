// SPDX-License-Identifier: Apache-2.0

/// The state of a device that remembers nothing.
package struct NoState: DeviceState {
    package init() {}

    package static let fields: [StateField<Self>] = []
}
