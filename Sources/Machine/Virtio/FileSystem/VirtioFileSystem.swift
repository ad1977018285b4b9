// SPDX-License-Identifier: Apache-2.0
internal import Configuration
package import Host

/// A virtio file system (virtio 1.2 §5.11) whose queues a process of virtiofsd serves: here are its registers and its
/// life cycle, there are its files.
package final class VirtioFileSystem: WorkerDevice {
    package let deviceID: UInt16 = 26
    package let offeredFeatures: UInt64
    /// Urgent requests, then the others.
    package let queueSizes = [UInt16](repeating: 1024, count: 2)
    package let wires: VirtioWires
    let worker: FileSystemWorker
    let mailbox: Mailbox
    private let registers: [UInt8]

    private static let requestQueueCount: UInt32 = 1

    /// Agrees with the backend, and prepares the device; its thread calls `begin()`.
    ///
    /// - Parameters:
    ///   - tag: What the guest calls the folder; 1 to 36 bytes of UTF-8.
    ///   - backend: A connected stream socket.
    ///   - timeoutMilliseconds: How long the backend may take over all that is asked of it at a time.
    package init(
        tag: String, backend: consuming Descriptor, timeoutMilliseconds: CInt = 30_000
    ) throws(VhostUserError) {
        let tagByteCount = FileSystemConfiguration.maximumTagByteCount
        precondition(1...tagByteCount ~= tag.utf8.count, "a tag of a file system has 1 to 36 bytes")
        let frontEnd = try VhostUserFrontEnd(owning: backend, timeoutMilliseconds: timeoutMilliseconds)
        if let count = frontEnd.queueCount, count < 2 { throw .lacks("queue for requests") }
        offeredFeatures = frontEnd.features & VirtioFeature.common
        var registers = Array(tag.utf8) + [UInt8](repeating: 0, count: tagByteCount - tag.utf8.count)
        for index in 0..<4 { registers.append(UInt8(truncatingIfNeeded: Self.requestQueueCount >> (8 * index))) }
        self.registers = registers
        do {
            wires = try VirtioWires(queueCount: queueSizes.count)
            mailbox = try Mailbox()
            worker = try FileSystemWorker(frontEnd, wires: wires, mailbox: mailbox)
        } catch { throw .system(error) }
    }

    /// The tag, and how many queues there are for requests (§5.11.4).
    package func readConfiguration(at offset: UInt64, width: AccessWidth) -> UInt64 {
        width.value(at: offset, of: registers)
    }

    package func writeConfiguration(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        // No field is the driver's to write (§5.11.4.1).
    }
}
