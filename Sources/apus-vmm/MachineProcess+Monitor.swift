// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Machine
internal import Monitor
internal import QMP

/// The machine as its monitor sees it. Called on the control thread.
extension MachineProcess: MonitoredMachine {
    var monitorName: String? { configuration.name }

    var monitorRunState: MonitorRunState { machine.isRunning ? .running : .paused }

    var monitorBlockDevices: [MonitorBlockDevice] {
        configuration.disks.enumerated().map { index, disk in
            let name = "blk\(index)"
            let front = machine.functions.first { $0.name == name }?.device
            var device = MonitorBlockDevice(
                device: "disk\(index)", qdev: "/machine/peripheral/disk\(index)/virtio-backend",
                fileName: disk.displayName, format: disk.format.rawValue,
                virtualByteCount: (front?.readConfiguration(at: 0, width: .quad) ?? 0) * 512,
                isReadOnly: disk.readOnly)
            device.backingDepth = disk.backing?.count ?? 0
            device.throttle = (front as? VirtioBlock)?.throttleGroup.map { MonitorThrottle($0) }
            return device
        }
    }

    var monitorProcessors: [MonitorProcessor] {
        let topology = configuration.processors.effectiveTopology
        return machine.processors.map { processor in
            let core = processor.index / topology.threads
            return MonitorProcessor(
                index: processor.index, threadIdentifier: Int32(truncatingIfNeeded: processor.threadID),
                socket: core / topology.cores, core: core % topology.cores,
                thread: processor.index % topology.threads)
        }
    }

    var monitorBalloon: (any MonitoredBalloon)? { MonitorBalloon(of: machine) }

    func monitorStop() throws(MonitorError) {
        machine.pause()
        monitor?.announce(.stop)
    }

    func monitorContinue() throws(MonitorError) {
        machine.resume()
        monitor?.announce(.resume)
    }

    func monitorPowerDown() throws(MonitorError) { pressPowerButton() }

    func monitorReset() throws(MonitorError) {
        reset(.hostReset)
    }

    func monitorQuit() throws(MonitorError) {
        monitor?.announce(.shutdown(.hostQuit))
        finish(.success)
    }
}
