// SPDX-License-Identifier: Apache-2.0
package import Host
internal import Synchronization

/// The events between a device's thread and the guest: a kick and a call per queue, one call for changes of
/// the configuration. Any thread may signal any of them.
///
/// A kick is an ioeventfd and a call an irqfd where KVM runs the guest; tests read and write them directly.
package final class VirtioWires: Sendable {
    private let kicks: [Wire]
    private let calls: [Wire]
    private let configuration: Wire
    // Relaxed: a flag on its own; the interrupt that follows it orders what the driver reads.
    private let brokenFlag = Atomic<Bool>(false)
    private let generationCount = Atomic<UInt32>(0)

    package init(queueCount: Int) throws(SystemCallError) {
        var kicks: [Wire] = []
        var calls: [Wire] = []
        for _ in 0..<queueCount {
            kicks.append(try Wire())
            calls.append(try Wire())
        }
        self.kicks = kicks
        self.calls = calls
        configuration = try Wire()
    }

    package var queueCount: Int { kicks.count }

    /// The descriptor that the driver's notification of `queue` signals.
    package func kickDescriptor(_ queue: Int) -> CInt { kicks[queue].event.number }
    /// The descriptor whose signal is the interrupt of `queue`.
    package func callDescriptor(_ queue: Int) -> CInt { calls[queue].event.number }
    /// The descriptor whose signal is the interrupt for a change of the configuration.
    package var configurationDescriptor: CInt { configuration.event.number }

    package func kick(_ queue: Int) { kicks[queue].event.signal() }
    package func call(_ queue: Int) { calls[queue].event.signal() }
    /// The call of one queue, for its owner to keep: on the data path an array of references costs more than a call.
    func callWire(_ queue: Int) -> Wire { calls[queue] }
    /// Takes back a call that nobody has seen; true if there was one.
    @discardableResult package func clearCall(_ queue: Int) -> Bool { calls[queue].event.clear() }
    @discardableResult package func clearConfigurationCall() -> Bool { configuration.event.clear() }

    /// Tells the driver that the configuration structure has changed.
    package func configurationChanged() {
        generationCount.wrappingAdd(1, ordering: .relaxed)
        configuration.event.signal()
    }

    /// Counts changes of the configuration (virtio 1.2 §4.1.4.3.1, config_generation).
    package var generation: UInt8 { UInt8(truncatingIfNeeded: generationCount.load(ordering: .relaxed)) }

    /// The device met a mistake of the driver and serves no more until it is reset.
    package func breakDown() {
        brokenFlag.store(true, ordering: .relaxed)
        configuration.event.signal()
    }

    package var isBroken: Bool { brokenFlag.load(ordering: .relaxed) }
    package func repair() { brokenFlag.store(false, ordering: .relaxed) }

    /// One event of one queue.
    final class Wire: Sendable {
        fileprivate let event: EventDescriptor
        fileprivate init() throws(SystemCallError) { event = try EventDescriptor() }
        func signal() { event.signal() }
    }
}
