// SPDX-License-Identifier: Apache-2.0

/// A named port of virtio-console, joined to a Unix socket of the host.
package struct ChannelConfiguration: Equatable, Sendable {
    /// The longest name of a port, in bytes.
    package static let maximumNameByteCount = 128

    /// The name that the guest finds below `/dev/virtio-ports`, such as `org.qemu.guest_agent.0`.
    package var name: String
    /// The socket that one client at a time connects to. A descriptor is a listening socket.
    package var socket: Resource

    /// Makes a port of this name on this socket.
    package init(name: String, socket: Resource) {
        self.name = name
        self.socket = socket
    }
}
