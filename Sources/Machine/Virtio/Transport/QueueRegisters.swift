// SPDX-License-Identifier: Apache-2.0

/// What the driver has written about one queue.
struct QueueRegisters: Equatable {
    let maximum: UInt16
    var size: UInt16
    var isEnabled = false
    var descriptors: UInt64 = 0
    var available: UInt64 = 0
    var used: UInt64 = 0

    init(maximum: UInt16) {
        self.maximum = maximum
        size = maximum
    }

    var layout: VirtqueueLayout? {
        guard isEnabled else { return nil }
        return VirtqueueLayout(
            size: size, descriptors: GuestAddress(descriptors), available: GuestAddress(available),
            used: GuestAddress(used))
    }
}
