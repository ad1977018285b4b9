// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// What a network card's threads and others tell each other: whether the link is up, what the driver asked for, and how
/// many frames passed.
final class NetworkLink: Sendable {
    // Relaxed, all of them: a flag has one writer, and the interrupt that follows a change orders what the driver
    // reads.
    private let isConnected: Atomic<Bool>
    /// The monitor has taken the link down.
    private let isHeldDown = Atomic<Bool>(false)
    private let shared: Mutex<NetworkSettings>

    init(isUp: Bool, settings: NetworkSettings) {
        isConnected = Atomic(isUp)
        shared = Mutex(settings)
    }

    /// Whether frames pass.
    var isUp: Bool { isConnected.load(ordering: .relaxed) && !isHeldDown.load(ordering: .relaxed) }

    /// Whether the other side of the attachment is there.
    var hasPeer: Bool { isConnected.load(ordering: .relaxed) }

    /// The other side has gone, for good.
    func loseConnection() { isConnected.store(false, ordering: .relaxed) }

    func hold(down isDown: Bool) { isHeldDown.store(isDown, ordering: .relaxed) }

    /// What the driver has asked for. Any thread.
    var settings: NetworkSettings { shared.withLock { $0 } }

    /// Changes what the driver has asked for, and returns it. Any thread.
    @discardableResult
    func change(_ body: (inout NetworkSettings) -> Void) -> NetworkSettings {
        shared.withLock { settings in
            body(&settings)
            return settings
        }
    }

    /// The status in the configuration structure (§5.1.4): bit 0 is "link up", bit 1 "announce".
    var status: UInt16 { (isUp ? 1 : 0) | (settings.isAnnouncing ? 2 : 0) }
}
