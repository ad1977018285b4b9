// SPDX-License-Identifier: Apache-2.0
package import Host

/// A device whose work is done by a thread of its own.
///
/// The thread calls `begin()` and then `step()` until that returns false. All else may be called from other
/// threads.
package protocol ThreadedDevice: VirtioDevice {
    /// Binds the device to the calling thread.
    func begin() throws(SystemCallError)
    /// Waits for work and does it; false once `stop()` was called.
    func step() throws(SystemCallError) -> Bool
    /// The thread serves no more: whoever waits for it, or will, goes on. The thread's last call.
    func close()
    /// Ends the device's work; returns at once, and `step()` returns false soon.
    func stop()
}
