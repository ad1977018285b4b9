// SPDX-License-Identifier: Apache-2.0

/// A named port of a console device: the guest finds it as `/dev/virtio-ports/NAME`.
package struct ConsolePort: Sendable {
    package let name: String
    package let endpoint: ConsoleEndpoint

    /// The longest name, in bytes of UTF-8.
    package static let maximumNameByteCount = 128

    /// A port; a longer name is cut.
    package init(name: String, endpoint: ConsoleEndpoint) {
        self.name = name
        self.endpoint = endpoint
    }
}
