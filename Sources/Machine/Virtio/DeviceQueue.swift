// SPDX-License-Identifier: Apache-2.0
internal import Host

/// A queue while the driver uses it, with its interrupt. Belongs to the device's thread.
final class DeviceQueue {
    var ring: Virtqueue
    private let call: VirtioWires.Wire
    /// Chains wait, but the device has no room to start on them.
    var isStarved = false

    /// Takes over the queue with this index; `nil` where the driver left it disabled.
    init?(_ index: Int, of activation: VirtioActivation, wires: VirtioWires) {
        // The front has resolved every queue before, on the caller's thread, and refused what is unusable.
        guard let ring = try? activation.queue(index) else { return nil }
        self.ring = ring
        call = wires.callWire(index)
    }

    /// Shows the driver what was pushed, with one interrupt if it wants one.
    func announce() {
        if ring.publish() { call.signal() }
    }
}
