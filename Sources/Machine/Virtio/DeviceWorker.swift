// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The state and the work of a device, all on the device's thread.
protocol DeviceWorker: AnyObject, Sendable {
    /// Binds the worker to the calling thread.
    func begin() throws(SystemCallError)
    /// Waits for events and handles them; false once the worker was stopped.
    func step() throws(SystemCallError) -> Bool
    func stop()
    func activate(_ activation: VirtioActivation)
    func deactivate()
    func sleep()
    func wake()
    /// Read by other threads, only while the worker sleeps or has stopped.
    var progress: [VirtqueueLayout?] { get }
}
