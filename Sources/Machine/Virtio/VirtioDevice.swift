// SPDX-License-Identifier: Apache-2.0

/// A virtio device without its transport: what the driver sees of it, and the work behind its queues.
///
/// All calls but those of `wires` come with the machine's bus lock held. A device does its work on a thread
/// of its own; `activate`, `deactivate`, `sleep` and `wake` return only once that thread has done its part.
package protocol VirtioDevice: AnyObject, Sendable {
    /// The device id (virtio 1.2 §5): 1 network, 2 block, 3 console, 4 entropy, 9 shared directory.
    var deviceID: UInt16 { get }
    /// What the device offers beyond the transport's own features.
    var offeredFeatures: UInt64 { get }
    /// The most entries each queue may have.
    var queueSizes: [UInt16] { get }
    /// The events between the device, the driver and the transport.
    var wires: VirtioWires { get }

    /// Returns a register of the device's configuration structure; zero past its end.
    func readConfiguration(at offset: UInt64, width: AccessWidth) -> UInt64
    func writeConfiguration(_ value: UInt64, at offset: UInt64, width: AccessWidth)

    /// Starts to serve the queues: the driver said DRIVER_OK.
    ///
    /// - Throws: Where a queue is not usable; the transport then sets "needs reset".
    func activate(_ activation: VirtioActivation) throws(VirtqueueError)
    /// Stops to serve, waits until no buffer of the guest is in use, forgets the queues.
    func deactivate()
    /// Finishes what is under way and rests. The machine is paused.
    func sleep()
    /// Goes on after `sleep()`.
    func wake()
    /// How far each queue has come; in the order of `queueSizes`, `nil` for one that is not in use.
    /// Called while the device sleeps or has stopped.
    var queueProgress: [VirtqueueLayout?] { get }

    /// What the device must carry to another process beyond its queues, as an encoded `DeviceState`; empty where
    /// there is nothing. Read after `sleep()`, together with `queueProgress`.
    var deviceStateBytes: [UInt8] { get }
    /// Takes over what `deviceStateBytes` was elsewhere. Called before `activate`, which keeps it; `deactivate`
    /// forgets it.
    func restoreDeviceState(_ bytes: [UInt8]) throws(StateError)
}

extension VirtioDevice {
    package var deviceStateBytes: [UInt8] { [] }

    package func restoreDeviceState(_ bytes: [UInt8]) throws(StateError) {
        guard bytes.isEmpty else { throw .wrongLength(id: 0, found: bytes.count) }
    }
}
