// SPDX-License-Identifier: Apache-2.0

/// What a driver agreed on when it said DRIVER_OK.
package struct VirtioActivation: Sendable {
    package let memory: GuestMemory
    /// Features that both sides accepted.
    package let features: UInt64
    /// In the order of the device's queues; `nil` for a queue that the driver left disabled.
    package let queues: [VirtqueueLayout?]

    package init(memory: GuestMemory, features: UInt64, queues: [VirtqueueLayout?]) {
        self.memory = memory
        self.features = features
        self.queues = queues
    }

    /// Whether the driver accepted a feature bit.
    package func has(_ bit: UInt64) -> Bool { features & bit != 0 }

    /// Resolves a queue; `nil` where the driver left it disabled.
    package func queue(_ index: Int) throws(VirtqueueError) -> Virtqueue? {
        guard let layout = queues[index] else { return nil }
        return try Virtqueue(layout: layout, memory: memory, usesEventIndex: has(VirtioFeature.eventIndex))
    }
}
