// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import DiskImage
internal import Machine

/// The groups of disks that keep limits together, by name. Control thread only.
final class ThrottleGroups {
    private var groups: [String: ThrottleGroup] = [:]

    /// The group that a disk's configuration names; without a name it is the disk's own. Of disks with one group the last
    /// that has limits sets them.
    func group(_ throttling: ThrottleConfiguration, of disk: Int) -> ThrottleGroup {
        group(throttling.group ?? "disk\(disk)", limits: throttling.values.isEmpty ? nil : ThrottleLimits(throttling))
    }

    /// The group of a name, with these limits where there are any.
    func group(_ name: String, limits: ThrottleLimits?) -> ThrottleGroup {
        if let group = groups[name] {
            if let limits { group.set(limits) }
            return group
        }
        let group = ThrottleGroup(name: name, limits: limits ?? ThrottleLimits())
        groups[name] = group
        return group
    }
}

extension ThrottleLimits {
    /// The limits of a configuration, which has been validated.
    init(_ configuration: ThrottleConfiguration) {
        self.init()
        let rate = {
            (
                average: ThrottleConfiguration.Key, burst: ThrottleConfiguration.Key,
                length: ThrottleConfiguration.Key
            ) in
            Rate(
                average: configuration.values[average] ?? 0, burst: configuration.values[burst] ?? 0,
                burstSeconds: configuration.values[length] ?? 1)
        }
        operations.total = rate(.iopsTotal, .iopsTotalMaximum, .iopsTotalLength)
        operations.read = rate(.iopsRead, .iopsReadMaximum, .iopsReadLength)
        operations.write = rate(.iopsWrite, .iopsWriteMaximum, .iopsWriteLength)
        bytes.total = rate(.bpsTotal, .bpsTotalMaximum, .bpsTotalLength)
        bytes.read = rate(.bpsRead, .bpsReadMaximum, .bpsReadLength)
        bytes.write = rate(.bpsWrite, .bpsWriteMaximum, .bpsWriteLength)
        operationByteCount = configuration.values[.iopsSize] ?? 0
    }
}
