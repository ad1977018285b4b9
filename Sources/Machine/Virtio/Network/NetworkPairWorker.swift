// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The state and the work of one queue pair of a network card, all on the pair's thread.
protocol NetworkPairWorker: AnyObject, Sendable {
    /// Binds the worker to the calling thread.
    func begin() throws(SystemCallError)
    /// Waits for events and handles them; false once the worker was stopped.
    func step() throws(SystemCallError) -> Bool
    func stop()
    /// Follows what the driver has asked for by the control queue.
    func adopt(_ settings: NetworkSettings)
    func activate(_ activation: VirtioActivation)
    func deactivate()
    func sleep()
    func wake()
    /// The link has gone up or down, or the card has met a mistake of the driver.
    func conditionChanged()
    /// How far each queue in use has come, by its index. Read by other threads, only while the worker sleeps or has
    /// stopped.
    var progress: [(index: Int, layout: VirtqueueLayout)] { get }
}
