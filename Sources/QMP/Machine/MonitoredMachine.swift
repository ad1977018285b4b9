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

    /// The network cards, in the order of the configuration.
    var monitorNetworks: [MonitorNetwork] { get }
    /// The threads that serve devices.
    var monitorThreads: [MonitorThread] { get }

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
    /// Limits what a disk may do in a second. Called only with the name of one of `monitorBlockDevices`.
    func monitorSetThrottle(_ device: String, _ throttle: MonitorThrottle) throws(MonitorError)
    /// Takes the link of a card down, or lets it up. Called only with the name of one of `monitorNetworks`.
    func monitorSetLink(_ name: String, isUp: Bool) throws(MonitorError)
    /// Has cards announce themselves to the network, now and as often as the plan says.
    func monitorAnnounce(_ announcement: MonitorAnnouncement) throws(MonitorError)
}

/// A machine without disks.
extension MonitoredMachine {
    package func monitorSetThrottle(_ device: String, _ throttle: MonitorThrottle) throws(MonitorError) {}
}

/// A machine without network cards.
extension MonitoredMachine {
    package var monitorNetworks: [MonitorNetwork] { [] }
    package var monitorThreads: [MonitorThread] { [] }
    package func monitorSetLink(_ name: String, isUp: Bool) throws(MonitorError) {}
    package func monitorAnnounce(_ announcement: MonitorAnnouncement) throws(MonitorError) {}
}

extension MonitoredMachine {
    package var monitorBalloon: (any MonitoredBalloon)? { nil }
}
