// SPDX-License-Identifier: Apache-2.0

/// A device whose work is done by a thread of its own, or by several.
///
/// The first thread calls `begin()` and then `step()` until that returns false; each companion has a thread that does
/// the same with it. All else may be called from other threads.
package protocol ThreadedDevice: VirtioDevice, ServingThread {
    /// The work of further threads, where the device has any. Always the same.
    var companions: [any ServingThread] { get }
    /// Ends the device's work; returns at once, and every `step()` returns false soon.
    func stop()
}

extension ThreadedDevice {
    package var companions: [any ServingThread] { [] }
}
