// SPDX-License-Identifier: Apache-2.0

/// What a monitor asks of the machine that it watches. Everything is called on the control thread.
///
/// A change of state is announced by the machine's owner, who calls `MonitorSession.send(_:at:)` of every session; it may
/// do so within these calls, and then the event reaches the client before the command's reply, as with QEMU.
package protocol MonitoredMachine: AnyObject {
    /// What the machine is called; `nil` when nobody named it.
    var monitorName: String? { get }
    /// What the machine is doing.
    var monitorRunState: MonitorRunState { get }
    /// The disks, in the order of the configuration.
    var monitorBlockDevices: [MonitorBlockDevice] { get }
    /// The vCPUs, in the order of their numbers.
    var monitorProcessors: [MonitorProcessor] { get }
    /// The balloon, where the machine has one.
    var monitorBalloon: (any MonitoredBalloon)? { get }

    /// Stops the vCPUs. Called only while the machine is running.
    func monitorStop() throws(MonitorError)
    /// Lets the vCPUs run. Called only while the machine is not running and needs no reset.
    func monitorContinue() throws(MonitorError)
    /// Presses the power button.
    func monitorPowerDown() throws(MonitorError)
    /// Resets the machine.
    func monitorReset() throws(MonitorError)
    /// Ends the machine and its process, once the sessions' output is written.
    func monitorQuit() throws(MonitorError)
}

extension MonitoredMachine {
    package var monitorBalloon: (any MonitoredBalloon)? { nil }
}
