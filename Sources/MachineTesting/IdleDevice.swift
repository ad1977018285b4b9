// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Machine

/// A virtio device that serves nothing, for tests of its transport: it takes queues as real ones do, and notes where
/// the transport breaks the order of calls.
///
/// `@unchecked Sendable`: a test uses it on one thread.
package final class IdleDevice: VirtioDevice, @unchecked Sendable {
    package let deviceID: UInt16 = 4
    package let offeredFeatures = VirtioFeature.common
    package let queueSizes: [UInt16]
    package let wires: VirtioWires
    /// What the driver agreed on, while it has.
    package private(set) var activation: VirtioActivation?
    /// The rules that were broken, as sentences.
    package private(set) var violations: [String] = []

    /// A device with queues of at most these sizes.
    package init(queueSizes: [UInt16]) throws {
        self.queueSizes = queueSizes
        wires = try VirtioWires(queueCount: queueSizes.count)
    }

    package func readConfiguration(at offset: UInt64, width: AccessWidth) -> UInt64 { offset & width.allOnes }

    package func writeConfiguration(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        if value & ~width.allOnes != 0 { violations.append("a value that is wider than its access") }
    }

    package func activate(_ activation: VirtioActivation) throws(VirtqueueError) {
        if self.activation != nil { violations.append("activated twice") }
        if activation.features & ~offeredFeatures != 0 { violations.append("features that were not offered") }
        if activation.queues.count != queueSizes.count { violations.append("another number of queues") }
        for index in queueSizes.indices { _ = try activation.queue(index) }
        self.activation = activation
    }

    package func deactivate() { activation = nil }
    package func sleep() {}
    package func wake() {}

    package var queueProgress: [VirtqueueLayout?] { activation?.queues ?? queueSizes.map { _ in nil } }
}
