// SPDX-License-Identifier: Apache-2.0
package import Host

/// A virtio entropy source (virtio 1.2 §5.4) over getrandom(2), served by one thread of its own.
package final class VirtioEntropy: WorkerDevice {
    package let deviceID: UInt16 = 4
    package let offeredFeatures = VirtioFeature.common
    package let queueSizes: [UInt16] = [EntropyService.queueSize]
    package let wires: VirtioWires
    let worker: RequestWorker<EntropyService>
    let mailbox: Mailbox

    /// Prepares the device; its thread calls `begin()`.
    package init() throws(SystemCallError) {
        wires = try VirtioWires(queueCount: 1)
        mailbox = try Mailbox()
        worker = try RequestWorker(EntropyService(), wires: wires, mailbox: mailbox)
    }

    package func readConfiguration(at offset: UInt64, width: AccessWidth) -> UInt64 { 0 }

    package func writeConfiguration(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        // The device has no configuration structure (§5.4.4).
    }
}
