// SPDX-License-Identifier: Apache-2.0
package import Host

/// Counts the threads of a card that have begun, for somebody in another process who wants to place them: by then the
/// kernel's threads of vhost-net are there as well.
package final class NetworkStartEvent: Sendable {
    let event: EventDescriptor

    /// Takes over an eventfd.
    package init(owning descriptor: consuming Descriptor) {
        event = EventDescriptor(owning: descriptor)
    }
}
