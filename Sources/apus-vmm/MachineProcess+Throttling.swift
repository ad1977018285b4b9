// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Machine
internal import QMP

/// The limits of disks, as the monitor sets and sees them. Called on the control thread.
extension MachineProcess {
    func monitorSetThrottle(_ device: String, _ throttle: MonitorThrottle) throws(MonitorError) {
        let disks = machine.functions.compactMap { $0.device as? VirtioBlock }
        let index = monitorBlockDevices.firstIndex { $0.device == device }
        guard let index, disks.indices.contains(index) else {
            throw MonitorError(errorClass: "DeviceNotFound", description: "Device '\(device)' not found")
        }
        let limits = ThrottleLimits(throttle)
        if let problem = limits.problem { throw .generic(problem) }
        guard !limits.isUnlimited else { return disks[index].throttleGroup = nil }
        let group = groups.group(throttle.group ?? device, limits: limits)
        disks[index].throttleGroup = group
        // Those that wait by the group's other limits try again.
        for disk in disks where disk.throttleGroup === group { disk.throttleGroup = group }
    }
}

extension MonitorThrottle {
    init(_ group: ThrottleGroup) {
        let limits = group.limits
        var values: [Key: UInt64] = [.iopsSize: limits.operationByteCount]
        for (rate, average, burst, length) in Self.rates(of: limits) {
            values[average] = rate.average
            values[burst] = rate.burst
            values[length] = rate.burstSeconds
        }
        self.init(values: values, group: group.name)
    }

    private static func rates(of limits: ThrottleLimits) -> [(ThrottleLimits.Rate, Key, Key, Key)] {
        [
            (limits.bytes.total, .bps, .bpsMaximum, .bpsLength),
            (limits.bytes.read, .bpsRead, .bpsReadMaximum, .bpsReadLength),
            (limits.bytes.write, .bpsWrite, .bpsWriteMaximum, .bpsWriteLength),
            (limits.operations.total, .iops, .iopsMaximum, .iopsLength),
            (limits.operations.read, .iopsRead, .iopsReadMaximum, .iopsReadLength),
            (limits.operations.write, .iopsWrite, .iopsWriteMaximum, .iopsWriteLength),
        ]
    }
}

extension ThrottleLimits {
    init(_ throttle: MonitorThrottle) {
        self.init()
        let rate = { (average: MonitorThrottle.Key, burst: MonitorThrottle.Key, length: MonitorThrottle.Key) in
            Rate(
                average: throttle.values[average] ?? 0, burst: throttle.values[burst] ?? 0,
                burstSeconds: throttle.values[length] ?? 1)
        }
        bytes.total = rate(.bps, .bpsMaximum, .bpsLength)
        bytes.read = rate(.bpsRead, .bpsReadMaximum, .bpsReadLength)
        bytes.write = rate(.bpsWrite, .bpsWriteMaximum, .bpsWriteLength)
        operations.total = rate(.iops, .iopsMaximum, .iopsLength)
        operations.read = rate(.iopsRead, .iopsReadMaximum, .iopsReadLength)
        operations.write = rate(.iopsWrite, .iopsWriteMaximum, .iopsWriteLength)
        operationByteCount = throttle.values[.iopsSize] ?? 0
    }
}
