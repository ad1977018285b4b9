// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Machine

/// A device under a driver, both on the calling thread: what the driver does is seen when `step()` is called.
package final class Workbench<Device: ThreadedDevice> {
    package let memory: GuestMemory
    package let device: Device
    package private(set) var features: UInt64
    package var queues: [DriverQueue]

    /// Where a test may put its buffers, and how many bytes there are from there.
    package static var buffers: GuestAddress { GuestAddress(8 << 20) }
    private static var memoryByteCount: UInt64 { 16 << 20 }

    /// Binds the device to the calling thread and sets its queues up.
    ///
    /// - Parameter features: What the driver accepts; all that the device offers by default.
    package init(
        _ device: Device, features: UInt64? = nil, isOnThread: Bool = false, isActive: Bool = true
    ) throws {
        let memory = try GuestMemory(lowByteCount: Self.memoryByteCount)
        self.memory = memory
        self.device = device
        self.features = features ?? device.offeredFeatures
        queues = device.queueSizes.enumerated().map { index, size in
            DriverQueue(memory: memory, base: GuestAddress(0x1_0000 + UInt64(index) * 0x4000), size: size)
        }
        if !isOnThread { try device.begin() }
        if isActive { try activate() }
    }

    /// Says DRIVER_OK, with the queues as far as the device had come.
    package func activate(_ progress: [VirtqueueLayout?]? = nil) throws {
        try device.activate(
            VirtioActivation(memory: memory, features: features, queues: progress ?? queues.map(\.layout)))
    }

    /// Resets the device and its rings, as a driver does that is loaded anew.
    package func reset(features: UInt64? = nil) throws {
        device.deactivate()
        device.wires.repair()
        if let features { self.features = features }
        for index in queues.indices {
            let layout = queues[index].layout
            let count = Int(DriverQueue.byteCount(size: layout.size))
            try memory.write([UInt8](repeating: 0, count: count), at: layout.descriptors)
            queues[index] = DriverQueue(memory: memory, base: layout.descriptors, size: layout.size)
        }
        try activate()
    }

    /// Offers a chain and kicks.
    @discardableResult
    package func offer(_ buffers: [DriverQueue.Buffer], to queue: Int) throws -> UInt16 {
        try queues[queue].setUsedEvent(queues[queue].lastSeenUsed)
        let head = try queues[queue].offer(buffers)
        device.wires.kick(queue)
        return head
    }

    /// Lets the device work until it returns a chain of the queue.
    package func collect(from queue: Int) throws -> (head: UInt32, byteCount: UInt32) {
        while true {
            if let used = try queues[queue].collect() { return used }
            guard try device.step() else { throw SystemCallError(call: "step", code: 0) }
            guard !device.wires.isBroken else { throw BrokenDevice() }
        }
    }

    /// The device said "needs reset" where a test did not expect it.
    package struct BrokenDevice: Error {}
}
