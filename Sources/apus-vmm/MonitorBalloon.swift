// SPDX-License-Identifier: Apache-2.0
internal import Machine
internal import QMP

/// The balloon as the monitor sees it. Called on the control thread.
final class MonitorBalloon: MonitoredBalloon {
    /// The balloon's name among the devices; also the last part of its path in the monitor.
    static let deviceName = "balloon0"

    let device: VirtioBalloon

    /// The balloon of a machine, where it has one.
    init?(of machine: Machine) {
        guard let device = machine.functions.first(where: { $0.name == Self.deviceName })?.device as? VirtioBalloon
        else { return nil }
        self.device = device
    }

    var monitorActualByteCount: UInt64 { device.actualByteCount }

    var monitorPollingInterval: UInt32 {
        get { device.pollingInterval }
        set { device.setPollingInterval(newValue) }
    }

    var monitorStatistics: MonitorBalloonStatistics {
        let told = device.statistics
        var result = MonitorBalloonStatistics(lastUpdate: told.lastUpdate)
        for tag in BalloonStatistics.Tag.allCases { result.values[Self.name(of: tag)] = told[tag] }
        return result
    }

    func monitorSetTarget(byteCount: UInt64) { device.setTarget(byteCount: byteCount) }

    private static func name(of tag: BalloonStatistics.Tag) -> MonitorBalloonStatistics.Name {
        switch tag {
        case .swapIn: .swapIn
        case .swapOut: .swapOut
        case .majorFaults: .majorFaults
        case .minorFaults: .minorFaults
        case .freeMemory: .freeMemory
        case .totalMemory: .totalMemory
        case .availableMemory: .availableMemory
        case .diskCaches: .diskCaches
        case .hugePageAllocations: .hugePageAllocations
        case .hugePageFailures: .hugePageFailures
        }
    }
}
