// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// The balloon's commands and its two properties of QEMU's object model, with QEMU's words for what is wrong.
enum BalloonCommand {
    /// Where clients find the balloon in the object model.
    static let path = "/machine/peripheral/balloon0"
    private static let statistics = "guest-stats"
    private static let interval = "guest-stats-polling-interval"

    /// `balloon`: asks the guest to live with `value` bytes.
    static func setTarget(_ arguments: JSONObject, on machine: any MonitoredMachine) throws(MonitorError) -> JSONValue {
        let value = try integer("value", of: arguments)
        let balloon = try balloon(of: machine)
        guard value > 0 else { throw .generic("Parameter 'target' expects a size") }
        balloon.monitorSetTarget(byteCount: UInt64(value))
        return [:]
    }

    /// `query-balloon`: what the guest has left.
    static func query(_ machine: any MonitoredMachine) throws(MonitorError) -> JSONValue {
        ["actual": JSONValue(try balloon(of: machine).monitorActualByteCount)]
    }

    /// `qom-get`: a property of the balloon.
    static func get(_ arguments: JSONObject, on machine: any MonitoredMachine) throws(MonitorError) -> JSONValue {
        let (balloon, property) = try property(arguments, of: machine)
        switch property {
        case statistics: return balloon.monitorStatistics.json
        case interval: return JSONValue(balloon.monitorPollingInterval)
        default: throw unknown(property)
        }
    }

    /// `qom-set`: the interval of the statistics.
    static func set(_ arguments: JSONObject, on machine: any MonitoredMachine) throws(MonitorError) -> JSONValue {
        let (balloon, property) = try property(arguments, of: machine)
        guard arguments["value"] != nil else { throw .generic("Parameter 'value' is missing") }
        switch property {
        case interval:
            let value = try integer("value", of: arguments, called: interval)
            guard value >= 0 else { throw .generic("timer value must be greater than zero") }
            guard let seconds = UInt32(exactly: value) else { throw .generic("timer value is too big") }
            balloon.monitorPollingInterval = seconds
            return [:]
        case statistics: throw .generic("Insufficient permission to perform this operation")
        default: throw unknown(property)
        }
    }

    private static func balloon(of machine: any MonitoredMachine) throws(MonitorError) -> any MonitoredBalloon {
        guard let balloon = machine.monitorBalloon else {
            throw MonitorError(
                errorClass: "DeviceNotActive", description: "No balloon device has been activated")
        }
        return balloon
    }

    private static func property(
        _ arguments: JSONObject, of machine: any MonitoredMachine
    ) throws(MonitorError) -> (balloon: any MonitoredBalloon, name: String) {
        let path = try text("path", of: arguments)
        let property = try text("property", of: arguments)
        guard path == Self.path, let balloon = machine.monitorBalloon else {
            throw MonitorError(errorClass: "DeviceNotFound", description: "Device '\(abridged(path))' not found")
        }
        return (balloon, property)
    }

    private static func unknown(_ property: String) -> MonitorError {
        .generic("Property 'virtio-balloon-pci.\(abridged(property))' not found")
    }

    private static func text(_ key: String, of arguments: JSONObject) throws(MonitorError) -> String {
        guard let value = arguments[key] else { throw .generic("Parameter '\(key)' is missing") }
        guard let text = value.text else { throw .generic("Invalid parameter type for '\(key)', expected: string") }
        return text
    }

    /// - Parameter name: What QEMU calls the value when it has another type.
    private static func integer(
        _ key: String, of arguments: JSONObject, called name: String? = nil
    ) throws(MonitorError) -> Int64 {
        guard let value = arguments[key] else { throw .generic("Parameter '\(key)' is missing") }
        guard let number = value.integerValue else {
            throw .generic("Invalid parameter type for '\(name ?? key)', expected: integer")
        }
        return number
    }
}
