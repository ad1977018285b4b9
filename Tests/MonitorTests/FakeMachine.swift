// SPDX-License-Identifier: Apache-2.0
import QMP

@testable import Monitor

/// A machine that does what it is told and has its monitor announce it, as a real one does.
final class FakeMachine: MonitoredMachine {
    var monitorName: String? = "web"
    var monitorRunState = MonitorRunState.running
    var monitorBlockDevices: [MonitorBlockDevice] = []
    var monitorProcessors: [MonitorProcessor] = []
    weak var monitor: MonitorServer?
    private(set) var calls: [String] = []

    func monitorStop() throws(MonitorError) { note("stop", .paused, .stop) }
    func monitorContinue() throws(MonitorError) { note("cont", .running, .resume) }
    func monitorPowerDown() throws(MonitorError) { note("powerdown", monitorRunState, .powerDown) }
    func monitorReset() throws(MonitorError) { note("reset", monitorRunState, .reset(.hostReset)) }
    func monitorQuit() throws(MonitorError) { note("quit", .shutdown, .shutdown(.hostQuit)) }

    private func note(_ call: String, _ state: MonitorRunState, _ event: MonitorEvent) {
        calls.append(call)
        monitorRunState = state
        monitor?.announce(event)
    }
}
