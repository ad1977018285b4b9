// SPDX-License-Identifier: Apache-2.0
internal import QMP

/// A machine that does what its monitor says and announces it.
final class MonitorDouble: MonitoredMachine {
    var monitorName: String? = "fuzz"
    var monitorRunState = MonitorRunState.running
    let monitorBlockDevices = [
        MonitorBlockDevice(
            device: "disk0", qdev: "/machine/disk0", fileName: "a.img", format: "raw", virtualByteCount: 1 << 20,
            isReadOnly: false)
    ]
    let monitorProcessors = [MonitorProcessor(index: 0, threadIdentifier: 77, socket: 0, core: 0, thread: 0)]
    var sessions: [MonitorSession] = []

    func monitorStop() throws(MonitorError) { become(.paused, .stop) }
    func monitorContinue() throws(MonitorError) { become(.running, .resume) }
    func monitorPowerDown() throws(MonitorError) { become(monitorRunState, .powerDown) }
    func monitorReset() throws(MonitorError) { become(monitorRunState, .reset(.hostReset)) }
    func monitorQuit() throws(MonitorError) { become(.shutdown, .shutdown(.hostQuit)) }

    private func become(_ state: MonitorRunState, _ event: MonitorEvent) {
        monitorRunState = state
        for session in sessions { session.send(event, at: MonitorTime(seconds: 5, microseconds: 6)) }
    }
}
