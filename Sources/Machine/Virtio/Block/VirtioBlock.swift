// SPDX-License-Identifier: Apache-2.0
package import DiskImage
package import Host
internal import Synchronization

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

    private let chainWorker: ChainWorker?
    private let group = Mutex<ThrottleGroup?>(nil)

    /// Prepares the device over a raw disk; its thread calls `begin()`.
    ///
    /// - Parameters:
    ///   - serial: At most 20 bytes; the driver reads it by VIRTIO_BLK_T_GET_ID.
    ///   - queueCount: As a rule one per vCPU, so that the guest needs no elevator.
    ///   - deniesRing: The host refuses io_uring: use Linux AIO.
    package convenience init(
        image: consuming RawImage, serial: String, queueCount: Int, deniesRing: Bool
    ) throws(SystemCallError) {
        let geometry = image.geometry
        try self.init(
            geometry, file: image.takeDescriptor(), chain: nil, serial: serial, queueCount: queueCount,
            deniesRing: deniesRing)
    }

    /// Prepares the device over an image chain, which its companion's thread owns from now on.
    package convenience init(
        chain: sending ImageChain, serial: String, queueCount: Int, deniesRing: Bool
    ) throws(SystemCallError) {
        let geometry = chain.geometry
        try self.init(
            geometry, file: nil, chain: try ChainFront(chain), serial: serial, queueCount: queueCount,
            deniesRing: deniesRing)
    }

    private init(
        _ geometry: DiskGeometry, file: consuming Descriptor?, chain: ChainFront?, serial: String, queueCount: Int,
        deniesRing: Bool
    ) throws(SystemCallError) {
        let wires = try VirtioWires(queueCount: queueCount)
        let mailbox = try Mailbox()
        configuration = BlockConfigurationSpace(geometry, queueCount: UInt16(queueCount))
        queueSizes = [UInt16](repeating: 256, count: queueCount)
        var features =
            VirtioFeature.common | BlockFeature.sizeMaximum | BlockFeature.segmentMaximum | BlockFeature.blockSize
            | BlockFeature.flush
            | BlockFeature.topology
        if queueCount > 1 { features |= BlockFeature.multipleQueues }
        features |= geometry.isReadOnly ? BlockFeature.readOnly : BlockFeature.discard | BlockFeature.writeZeroes
        offeredFeatures = features
        var sources = [mailbox.event.number] + (0..<queueCount).map(wires.kickDescriptor)
        if let chain { sources.append(chain.worker.event.number) }
        let engine: any DiskEngine
        if deniesRing {
            engine = try KernelAIOEngine(sources: sources, slots: Self.slotCount)
        } else {
            engine = try RingEngine(sources: sources, slots: Self.slotCount)
        }
        worker = BlockWorker(
            geometry, rawFile: file, chain: chain, engine: engine, serial: serial, wires: wires, mailbox: mailbox)
        chainWorker = chain?.worker
        self.wires = wires
        self.mailbox = mailbox
    }

    /// The thread of the image chain, where there is one.
    package var companions: [any ServingThread] { chainWorker.map { [$0] } ?? [] }

    /// The chain's thread ends after the device's.
    package func close() {
        mailbox.close()
        chainWorker?.finish()
    }

    /// What the disk may do in a second, with others of its group; `nil` for all that it can. Any thread; called again
    /// with the same group, whose limits have changed, it takes notice of them.
    package var throttleGroup: ThrottleGroup? {
        get { group.withLock { $0 } }
        set {
            group.withLock { $0 = newValue }
            let worker = worker
            mailbox.post { worker.setThrottle(newValue) }
        }
    }

    package func readConfiguration(at offset: UInt64, width: AccessWidth) -> UInt64 {
        configuration.read(at: offset, width: width)
    }

    package func writeConfiguration(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        // No field is the driver's to write: VIRTIO_BLK_F_CONFIG_WCE is not offered.
    }
}
