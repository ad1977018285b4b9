// SPDX-License-Identifier: Apache-2.0
@testable import QMP

/// A machine that does what it is told, notes it, and announces it to its sessions as a real one does.
final class FakeMachine: MonitoredMachine {
    var monitorName: String? = "web"
    var monitorRunState = MonitorRunState.running
    var monitorBlockDevices = [
        MonitorBlockDevice(
            device: "disk0", qdev: "/machine/peripheral/disk0/virtio-backend", fileName: "/srv/a.img", format: "raw",
            virtualByteCount: 1 << 20, actualByteCount: 4096, isReadOnly: true)
    ]
    var monitorProcessors = [MonitorProcessor(index: 0, threadIdentifier: 77, socket: 0, core: 0, thread: 0)]

    var monitorNetworks = [MonitorNetwork(name: "net0", address: "52:54:00:00:00:01")]
    var monitorThreads = [MonitorThread(name: "net0", threadIdentifier: 78)]
    var monitorBalloon: (any MonitoredBalloon)?

    private(set) var calls: [String] = []
    var refusal: MonitorError?
    var sessions: [MonitorSession] = []

    func monitorStop() throws(MonitorError) {
        try note("stop", .paused, .stop)
    }

    func monitorContinue() throws(MonitorError) {
        try note("continue", .running, .resume)
    }

    func monitorPowerDown() throws(MonitorError) {
        try note("powerDown", monitorRunState, .powerDown)
    }

    func monitorReset() throws(MonitorError) {
        try note("reset", monitorRunState, .reset(.hostReset))
    }

    func monitorQuit() throws(MonitorError) {
        try note("quit", .shutdown, .shutdown(.hostQuit))
    }

    func monitorSetLink(_ name: String, isUp: Bool) throws(MonitorError) {
        if let refusal { throw refusal }
        calls.append("link \(name) \(isUp)")
    }

    func monitorAnnounce(_ announcement: MonitorAnnouncement) throws(MonitorError) {
        if let refusal { throw refusal }
        calls.append("announce \(announcement.rounds) \(announcement.interfaces ?? ["all"])")
    }

    private func note(_ call: String, _ state: MonitorRunState, _ event: MonitorEvent) throws(MonitorError) {
        if let refusal { throw refusal }
        calls.append(call)
        monitorRunState = state
        for session in sessions { session.send(event, at: MonitorTime(seconds: 5, microseconds: 6)) }
    }
}
