// SPDX-License-Identifier: Apache-2.0
package import Host

/// A virtio balloon (virtio 1.2 §5.5): memory that the guest gives back to the host, and what it tells of the rest.
///
/// Served by one thread of its own. What the host asks (`setTarget`, `setPollingInterval`) may come from any thread.
package final class VirtioBalloon: WorkerDevice {
    package let deviceID: UInt16 = 5
    package let offeredFeatures: UInt64
    /// Inflate, deflate, statistics; then two for reports, because drivers differ in which of them it is.
    package let queueSizes = [UInt16](repeating: BalloonWorker.queueSize, count: BalloonWorker.queueCount)
    package let wires: VirtioWires
    let worker: BalloonWorker
    let mailbox: Mailbox
    private let registers = BalloonRegisters()
    private let changes: EventDescriptor
    private let memoryByteCount: UInt64

    static let pageByteCount: UInt64 = 4096

    /// Prepares the device; its thread calls `begin()`.
    ///
    /// - Parameters:
    ///   - memoryByteCount: The guest's RAM.
    ///   - deflatesOnOOM: The guest may take pages back when it runs out of memory.
    ///   - reportsFreePages: The guest tells of free pages, and they are given back to the host at once.
    package init(
        memoryByteCount: UInt64, deflatesOnOOM: Bool = false, reportsFreePages: Bool = false
    ) throws(SystemCallError) {
        self.memoryByteCount = memoryByteCount
        var features = VirtioFeature.common | BalloonFeature.statistics
        if deflatesOnOOM { features |= BalloonFeature.deflateOnOOM }
        // Without its poison a guest that fills free pages cannot report them: they would come back as zeros.
        if reportsFreePages { features |= BalloonFeature.pageReporting | BalloonFeature.pagePoison }
        offeredFeatures = features
        changes = try EventDescriptor()
        wires = try VirtioWires(queueCount: BalloonWorker.queueCount)
        mailbox = try Mailbox()
        worker = try BalloonWorker(registers: registers, wires: wires, mailbox: mailbox)
    }

    /// Readable once the guest has changed `actualByteCount`; the owner clears it first, then looks.
    package var changeDescriptor: CInt { changes.number }

    package func clearChange() { changes.clear() }

    /// What the guest has left of its RAM, by its own word.
    package var actualByteCount: UInt64 {
        memoryByteCount - min(memoryByteCount, UInt64(registers.actual) * Self.pageByteCount)
    }

    /// Asks the guest to live with so much of its RAM; more than it has is all of it.
    package func setTarget(byteCount: UInt64) {
        let pages = (memoryByteCount - min(memoryByteCount, byteCount)) / Self.pageByteCount
        registers.target = UInt32(clamping: pages)
        wires.configurationChanged()
    }

    /// What the guest told last.
    package var statistics: BalloonStatistics { worker.statistics }

    /// Seconds between two requests for statistics; 0 for none.
    package var pollingInterval: UInt32 { worker.pollingInterval }

    /// Asks for statistics now and every so many seconds from then on; 0 asks no more.
    package func setPollingInterval(_ seconds: UInt32) {
        let worker = worker
        mailbox.perform { worker.setPollingInterval(seconds) }
    }

    package func deactivate() {
        let worker = worker
        mailbox.perform { worker.deactivate() }
        // The guest has all its memory again.
        let wasInflated = registers.actual != 0
        registers.actual = 0
        registers.poison = 0
        if wasInflated { changes.signal() }
    }

    package func readConfiguration(at offset: UInt64, width: AccessWidth) -> UInt64 {
        registers.read(at: offset, width: width)
    }

    package func writeConfiguration(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        if registers.write(value, at: offset, width: width) { changes.signal() }
    }

    package var deviceStateBytes: [UInt8] {
        BalloonState(
            target: registers.target, actual: registers.actual, poison: registers.poison,
            pollingInterval: worker.pollingInterval
        ).encoded
    }

    package func restoreDeviceState(_ bytes: [UInt8]) throws(StateError) {
        let state = try BalloonState(encoded: bytes)
        registers.target = state.target
        registers.actual = state.actual
        registers.poison = state.poison
        let worker = worker
        mailbox.perform { worker.setPollingInterval(state.pollingInterval) }
    }
}
