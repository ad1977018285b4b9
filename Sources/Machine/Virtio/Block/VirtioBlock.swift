// SPDX-License-Identifier: Apache-2.0
package import DiskImage
package import Host

/// A virtio block device (virtio 1.2 §5.2) over a disk image, served by one thread of its own.
package final class VirtioBlock: WorkerDevice {
    package let deviceID: UInt16 = 2
    package let offeredFeatures: UInt64
    package let queueSizes: [UInt16]
    package let wires: VirtioWires
    private let configuration: BlockConfigurationSpace
    let worker: BlockWorker
    let mailbox: Mailbox

    /// Requests under way at once; the rest waits in the rings.
    static let slotCount = 256

    /// Prepares the device; its thread calls `begin()`.
    ///
    /// - Parameters:
    ///   - serial: At most 20 bytes; the driver reads it by VIRTIO_BLK_T_GET_ID.
    ///   - queueCount: As a rule one per vCPU, so that the guest needs no elevator.
    ///   - deniesRing: The host refuses io_uring: use Linux AIO.
    package init(
        image: consuming RawImage, serial: String, queueCount: Int, deniesRing: Bool
    ) throws(SystemCallError) {
        let wires = try VirtioWires(queueCount: queueCount)
        let mailbox = try Mailbox()
        configuration = BlockConfigurationSpace(image: image, queueCount: UInt16(queueCount))
        queueSizes = [UInt16](repeating: 256, count: queueCount)
        var features =
            VirtioFeature.common | BlockFeature.sizeMaximum | BlockFeature.segmentMaximum | BlockFeature.blockSize
            | BlockFeature.flush
            | BlockFeature.topology
        if queueCount > 1 { features |= BlockFeature.multipleQueues }
        features |= image.isReadOnly ? BlockFeature.readOnly : BlockFeature.discard | BlockFeature.writeZeroes
        offeredFeatures = features
        let sources = [mailbox.event.number] + (0..<queueCount).map(wires.kickDescriptor)
        let engine: any DiskEngine
        if deniesRing {
            engine = try KernelAIOEngine(file: image.descriptor.borrowed, sources: sources, slots: Self.slotCount)
        } else {
            engine = try RingEngine(file: image.descriptor.borrowed, sources: sources, slots: Self.slotCount)
        }
        worker = BlockWorker(image: image, engine: engine, serial: serial, wires: wires, mailbox: mailbox)
        self.wires = wires
        self.mailbox = mailbox
    }

    package func readConfiguration(at offset: UInt64, width: AccessWidth) -> UInt64 {
        configuration.read(at: offset, width: width)
    }

    package func writeConfiguration(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        // No field is the driver's to write: VIRTIO_BLK_F_CONFIG_WCE is not offered.
    }
}
