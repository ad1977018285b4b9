// SPDX-License-Identifier: Apache-2.0

/// What a network card is connected to on the host.
package enum NetworkAttachment: Equatable, Sendable {
    /// A TAP interface. The launcher gives its name and no descriptor; the machine's process gets the open
    /// descriptors of its queues, one for each queue pair, and the name for messages.
    case tap(name: String, descriptors: [Int32] = [])
    /// A user-mode network stack. The machine's process gets a connected stream socket of the Unix family, on which
    /// each frame follows its length (32 bits, big-endian); the launcher gives `nil`.
    case user(descriptor: Int32? = nil)
    /// Nothing: the guest sees a card whose link is down.
    case none
}
