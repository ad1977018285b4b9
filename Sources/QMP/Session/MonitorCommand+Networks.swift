// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// The commands about network cards and their threads, with QEMU's words for what is wrong with their arguments.
extension MonitorCommand {
    func runOnNetworks(
        of machine: any MonitoredMachine, _ arguments: JSONObject
    ) throws(MonitorError) -> JSONValue {
        switch self {
        case .queryReceiveFilter: return try Self.receiveFilters(machine, arguments)
        case .queryThreads: return .array(machine.monitorThreads.map(\.json))
        case .setLink:
            let name = try Self.required("name", arguments, "string", \.text)
            let isUp = try Self.required("up", arguments, "boolean", \.boolValue)
            guard machine.monitorNetworks.contains(where: { $0.name == name }) else {
                throw MonitorError(errorClass: "DeviceNotFound", description: "Device '\(abridged(name))' not found")
            }
            try machine.monitorSetLink(name, isUp: isUp)
        case .announceSelf: try machine.monitorAnnounce(try Self.announcement(arguments))
        default: break
        }
        return [:]
    }

    private static func receiveFilters(
        _ machine: any MonitoredMachine, _ arguments: JSONObject
    ) throws(MonitorError) -> JSONValue {
        guard arguments["name"] != nil else { return .array(machine.monitorNetworks.map(\.json)) }
        let name = try required("name", arguments, "string", \.text)
        let found = machine.monitorNetworks.filter { $0.name == name }
        guard !found.isEmpty else { throw .generic("invalid net client name: \(abridged(name))") }
        return .array(found.map(\.json))
    }

    private static func announcement(_ arguments: JSONObject) throws(MonitorError) -> MonitorAnnouncement {
        var interfaces: [String]?
        if arguments["interfaces"] != nil {
            interfaces = []
            for element in try required("interfaces", arguments, "array", \.elements) {
                guard let name = element.text else {
                    throw .generic("Invalid parameter type for 'interfaces', expected: string")
                }
                interfaces?.append(name)
            }
        }
        if arguments["id"] != nil { _ = try required("id", arguments, "string", \.text) }
        return MonitorAnnouncement(
            initial: try number("initial", arguments, in: MonitorAnnouncement.allowedDelays),
            maximum: try number("max", arguments, in: MonitorAnnouncement.allowedDelays),
            rounds: try number("rounds", arguments, in: MonitorAnnouncement.allowedRounds),
            step: try number("step", arguments, in: MonitorAnnouncement.allowedSteps), interfaces: interfaces)
    }

    private static func number(
        _ key: String, _ arguments: JSONObject, in range: ClosedRange<Int>
    ) throws(MonitorError) -> Int {
        let value = try required(key, arguments, "integer", \.integerValue)
        guard let number = Int(exactly: value), range.contains(number) else {
            throw .generic("Parameter '\(key)' expects a value between \(range.lowerBound) and \(range.upperBound)")
        }
        return number
    }

    private static func required<Value>(
        _ key: String, _ arguments: JSONObject, _ type: String, _ convert: (JSONValue) -> Value?
    ) throws(MonitorError) -> Value {
        guard let value = arguments[key] else { throw .generic("Parameter '\(key)' is missing") }
        if let converted = convert(value) { return converted }
        throw .generic("Invalid parameter type for '\(key)', expected: \(type)")
    }
}

extension MonitorNetwork {
    /// An element of what `query-rx-filter` returns (`RxFilterInfo` in QEMU 7.2). VLANs are not filtered.
    var json: JSONValue {
        [
            "name": .string(name), "promiscuous": .bool(isPromiscuous), "multicast": .string(multicast.rawValue),
            "unicast": .string(unicast.rawValue), "vlan": "all", "broadcast-allowed": .bool(isBroadcastAllowed),
            "multicast-overflow": .bool(hasMulticastOverflow), "unicast-overflow": .bool(hasUnicastOverflow),
            "main-mac": .string(address), "vlan-table": [],
            "unicast-table": .array(unicastTable.map { .string($0) }),
            "multicast-table": .array(multicastTable.map { .string($0) }),
        ]
    }
}

extension MonitorThread {
    /// An element of what `query-iothreads` returns (`IOThreadInfo` in QEMU 7.2). No thread polls.
    var json: JSONValue {
        [
            "id": .string(name), "thread-id": JSONValue(threadIdentifier), "poll-max-ns": 0, "poll-grow": 0,
            "poll-shrink": 0, "aio-max-batch": 0,
        ]
    }
}
