// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// What a disk may do in a second, by the names of `block_set_io_throttle` (`BlockIOThrottle` in QEMU 7.2).
package struct MonitorThrottle: Equatable, Sendable {
    package enum Key: String, CaseIterable, Sendable {
        case bps
        case bpsRead = "bps_rd"
        case bpsWrite = "bps_wr"
        case iops
        case iopsRead = "iops_rd"
        case iopsWrite = "iops_wr"
        case bpsMaximum = "bps_max"
        case bpsReadMaximum = "bps_rd_max"
        case bpsWriteMaximum = "bps_wr_max"
        case iopsMaximum = "iops_max"
        case iopsReadMaximum = "iops_rd_max"
        case iopsWriteMaximum = "iops_wr_max"
        case bpsLength = "bps_max_length"
        case bpsReadLength = "bps_rd_max_length"
        case bpsWriteLength = "bps_wr_max_length"
        case iopsLength = "iops_max_length"
        case iopsReadLength = "iops_rd_max_length"
        case iopsWriteLength = "iops_wr_max_length"
        case iopsSize = "iops_size"

        /// Those that have to be given.
        static let required: [Key] = [.bps, .bpsRead, .bpsWrite, .iops, .iopsRead, .iopsWrite]
    }

    /// What is not given is 0, or 1 for a length.
    package var values: [Key: UInt64]
    package var group: String?

    package init(values: [Key: UInt64], group: String? = nil) {
        self.values = values
        self.group = group
    }
}

extension MonitorThrottle {
    /// The names of the command's arguments.
    static var parameters: [String] { ["device", "id", "group"] + Key.allCases.map(\.rawValue) }

    /// Carries `block_set_io_throttle` out.
    static func set(_ arguments: JSONObject, on machine: any MonitoredMachine) throws(MonitorError) -> JSONValue {
        var values: [Key: UInt64] = [:]
        for key in Key.allCases {
            guard let value = arguments[key.rawValue] else {
                guard !Key.required.contains(key) else { throw .generic("Parameter '\(key.rawValue)' is missing") }
                continue
            }
            guard let number = value.unsignedValue else {
                throw .generic("Invalid parameter type for '\(key.rawValue)', expected: integer")
            }
            values[key] = number
        }
        let (deviceName, identifier) = (try text("device", arguments), try text("id", arguments))
        guard let name = deviceName ?? identifier else { throw .generic("Need exactly one of 'device' and 'id'") }
        let device = machine.monitorBlockDevices.first { $0.device == name || $0.qdev == name }
        guard let device else {
            throw MonitorError(errorClass: "DeviceNotFound", description: "Device '\(abridged(name))' not found")
        }
        try machine.monitorSetThrottle(
            device.device, MonitorThrottle(values: values, group: try text("group", arguments)))
        return [:]
    }

    private static func text(_ key: String, _ arguments: JSONObject) throws(MonitorError) -> String? {
        guard let value = arguments[key] else { return nil }
        if let text = value.text { return text }
        throw .generic("Invalid parameter type for '\(key)', expected: string")
    }
}
