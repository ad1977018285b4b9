// SPDX-License-Identifier: Apache-2.0
package import Board
internal import Host

/// A virtio device on the PCI bus (virtio 1.2 §4.1): its registers, its vectors and its notifications.
///
/// All calls come with the bus lock held.
package final class VirtioPCIFunction: PCIFunction {
    package private(set) var space: PCIConfigurationSpace
    package let device: any VirtioDevice
    package let name: String
    let memory: GuestMemory
    let vectors: MSIXVectors
    private let initialSpace: PCIConfigurationSpace
    private let binder: any NotificationBinder
    /// Where the notifications are bound now.
    private var boundAddress: UInt64?

    var deviceFeatureSelect: UInt32 = 0
    var driverFeatureSelect: UInt32 = 0
    var driverFeatures: UInt64 = 0
    var statusBits = VirtioStatus()
    var queueSelect: UInt16 = 0
    var queues: [QueueRegisters]

    /// Puts `device` behind a function whose BARs are assigned in `space`.
    package init(
        _ device: any VirtioDevice, name: String, space: PCIConfigurationSpace, memory: GuestMemory,
        router: any MessageRouter, binder: any NotificationBinder
    ) {
        let wires = device.wires
        let events = [wires.configurationDescriptor] + (0..<wires.queueCount).map(wires.callDescriptor)
        self.device = device
        self.name = name
        self.space = space
        self.memory = memory
        self.binder = binder
        initialSpace = space
        queues = device.queueSizes.map(QueueRegisters.init)
        vectors = MSIXVectors(vectorCount: Self.vectorCount(of: device), events: events, router: router)
    }

    /// One vector for the configuration and one for each queue, as far as the table has room: a driver shares the rest.
    static func vectorCount(of device: any VirtioDevice) -> Int {
        min(device.queueSizes.count + 1, VirtioPCILayout.vectorLimit)
    }

    /// The source index of the configuration's event, and of a queue's, among the vectors' sources.
    static let configurationSource = 0
    static func source(ofQueue queue: Int) -> Int { queue + 1 }

    /// Gives the BARs their addresses, as firmware would, and lets the function decode them.
    func place(with allocator: inout BARAllocator) throws(BARAllocationError) {
        var placed = initialSpace
        try allocator.assign(&placed)
        space = placed
        followConfiguration()
    }

    package func readConfiguration(at offset: Int, byteCount: Int) -> UInt32 {
        if offset == VirtioPCILayout.accessDataOffset, let access = VirtioConfigurationAccess(in: space),
            let width = AccessWidth(rawValue: UInt8(access.byteCount))
        {
            return UInt32(truncatingIfNeeded: readBAR(access.bar, at: access.offset, width: width))
        }
        return space.read(at: offset, byteCount: byteCount)
    }

    package func writeConfiguration(_ value: UInt32, at offset: Int, byteCount: Int) {
        guard space.write(value, at: offset, byteCount: byteCount) || offset == VirtioPCILayout.accessDataOffset
        else { return }
        if offset == VirtioPCILayout.accessDataOffset, let access = VirtioConfigurationAccess(in: space),
            let width = AccessWidth(rawValue: UInt8(access.byteCount))
        {
            writeBAR(access.bar, UInt64(value), at: access.offset, width: width)
        }
        followConfiguration()
    }

    package func readBAR(_ bar: Int, at offset: UInt64, width: AccessWidth) -> UInt64 {
        if bar == VirtioPCILayout.vectorBARIndex {
            return vectors.read(at: offset, width: width, pendingOffset: VirtioPCILayout.pendingBitsOffset)
        }
        switch offset {
        case VirtioPCILayout.commonOffset..<VirtioPCILayout.interruptStatusOffset:
            return readCommon(at: offset - VirtioPCILayout.commonOffset, width: width)
        case VirtioPCILayout.deviceOffset..<VirtioPCILayout.notifyOffset:
            return device.readConfiguration(at: offset - VirtioPCILayout.deviceOffset, width: width)
        default:
            // The interrupt status is for pins, which no function here has; notifications are write-only.
            return 0
        }
    }

    package func writeBAR(_ bar: Int, _ value: UInt64, at offset: UInt64, width: AccessWidth) {
        if bar == VirtioPCILayout.vectorBARIndex { return vectors.write(value, at: offset, width: width) }
        switch offset {
        case VirtioPCILayout.commonOffset..<VirtioPCILayout.interruptStatusOffset:
            writeCommon(value & width.allOnes, at: offset - VirtioPCILayout.commonOffset, width: width)
        case VirtioPCILayout.deviceOffset..<VirtioPCILayout.notifyOffset:
            device.writeConfiguration(value & width.allOnes, at: offset - VirtioPCILayout.deviceOffset, width: width)
        case VirtioPCILayout.notifyOffset...:
            // Only where the binder could not take it over.
            let queue = (offset - VirtioPCILayout.notifyOffset) / UInt64(VirtioPCILayout.notifyMultiplier)
            if queue < UInt64(queues.count) { device.wires.kick(Int(queue)) }
        default: break
        }
    }

    /// Where the BARs lie, as the guest wrote it.
    package var barRanges: [AddressRange] {
        (0..<6).compactMap { index in
            guard let bar = space.bar(index), let start = space.barAddress(index), start <= .max - bar.byteCount else {
                return nil
            }
            return AddressRange(start: start, byteCount: bar.byteCount)
        }
    }

    package func reset() {
        resetDevice()
        space = initialSpace
        vectors.reset()
        followConfiguration()
    }

    /// Status 0: the device stops and forgets what the driver said (§2.1.1, §4.1.4.3.1).
    func resetDevice() {
        if statusBits.contains(.driverOK) { device.deactivate() }
        device.wires.repair()
        statusBits = []
        driverFeatures = 0
        deviceFeatureSelect = 0
        driverFeatureSelect = 0
        queueSelect = 0
        queues = device.queueSizes.map(QueueRegisters.init)
        for source in 0...queues.count { _ = vectors.assign(source: source, vector: MSIXVectors.noVector) }
    }

    /// DRIVER_OK: the device starts with what the driver has set up, or needs a reset.
    func activate() {
        do {
            try device.activate(
                VirtioActivation(memory: memory, features: driverFeatures, queues: queues.map(\.layout)))
        } catch {
            device.wires.breakDown()
        }
    }

    /// Takes over a state that was checked: registers, vectors, configuration space, then the queues.
    func adopt(_ space: PCIConfigurationSpace) {
        self.space = space
        followConfiguration()
    }

    /// Makes vectors and notifications follow what configuration space says now.
    private func followConfiguration() {
        vectors.setLive(space.isMSIXEnabled && !space.isMSIXFunctionMasked)
        let address =
            space.isMemoryEnabled
            ? space.barAddress(VirtioPCILayout.registerBARIndex).map { $0 + VirtioPCILayout.notifyOffset } : nil
        guard address != boundAddress else { return }
        if let boundAddress { bindNotifications(at: boundAddress, isBound: false) }
        boundAddress = address
        if let address { bindNotifications(at: address, isBound: true) }
    }

    private func bindNotifications(at address: UInt64, isBound: Bool) {
        for queue in queues.indices {
            // Where it fails, the write exits and `writeBAR` kicks the queue: slower, not wrong.
            try? binder.bind(
                device.wires.kickDescriptor(queue),
                at: address + UInt64(queue) * UInt64(VirtioPCILayout.notifyMultiplier), isBound: isBound)
        }
    }
}
