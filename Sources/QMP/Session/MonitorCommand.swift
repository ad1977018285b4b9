// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// The commands that there are; `query-commands` lists exactly these.
enum MonitorCommand: String, CaseIterable {
    case qmpCapabilities = "qmp_capabilities"
    case queryStatus = "query-status"
    case queryVersion = "query-version"
    case queryCommands = "query-commands"
    case queryName = "query-name"
    case queryBlock = "query-block"
    case setThrottle = "block_set_io_throttle"
    case queryProcessors = "query-cpus-fast"
    case queryBalloon = "query-balloon"
    case balloon
    case qomGet = "qom-get"
    case qomSet = "qom-set"
    case stop
    case `continue` = "cont"
    case powerDown = "system_powerdown"
    case reset = "system_reset"
    case queryReceiveFilter = "query-rx-filter"
    case queryThreads = "query-iothreads"
    case setLink = "set_link"
    case announceSelf = "announce-self"
    case quit

    /// The names of the arguments that the command takes.
    private var parameters: [String] {
        switch self {
        case .qmpCapabilities: ["enable"]
        case .queryReceiveFilter: ["name"]
        case .setLink: ["name", "up"]
        case .announceSelf: ["initial", "max", "rounds", "step", "interfaces", "id"]
        case .balloon: ["value"]
        case .setThrottle: MonitorThrottle.parameters
        case .qomGet: ["path", "property"]
        case .qomSet: ["path", "property", "value"]
        default: []
        }
    }

    /// Refuses arguments that the command does not take, and capabilities that are not offered.
    func check(_ arguments: JSONObject) throws(MonitorError) {
        for key in arguments.keys where !parameters.contains(key) {
            throw .generic("Parameter '\(abridged(key))' is unexpected")
        }
        guard let enable = arguments["enable"] else { return }
        guard let capabilities = enable.elements else {
            throw .generic("Invalid parameter type for 'enable', expected: array")
        }
        for (index, capability) in capabilities.enumerated() {
            guard let name = capability.text else {
                throw .generic("Invalid parameter type for 'enable[\(index)]', expected: string")
            }
            throw .generic("QMP capability '\(abridged(name))' not available")
        }
    }

    /// Does what the command says.
    ///
    /// - Returns: The `return` member of the reply.
    func run(
        on machine: any MonitoredMachine, _ arguments: JSONObject, version: MonitorVersion
    ) throws(MonitorError) -> JSONValue {
        switch self {
        case .qmpCapabilities: break
        case .queryStatus: return machine.monitorRunState.json
        case .queryVersion: return version.json
        case .queryCommands: return .array(Self.allCases.map { ["name": .string($0.rawValue)] })
        case .queryName: return machine.monitorName.map { ["name": .string($0)] } ?? [:]
        case .queryBlock: return .array(machine.monitorBlockDevices.map(\.json))
        case .setThrottle: return try MonitorThrottle.set(arguments, on: machine)
        case .queryProcessors: return .array(machine.monitorProcessors.map(\.json))
        case .queryBalloon: return try BalloonCommand.query(machine)
        case .balloon: return try BalloonCommand.setTarget(arguments, on: machine)
        case .qomGet: return try BalloonCommand.get(arguments, on: machine)
        case .qomSet: return try BalloonCommand.set(arguments, on: machine)
        case .stop: if machine.monitorRunState == .running { try machine.monitorStop() }
        case .continue: try Self.continue(machine)
        case .powerDown: try machine.monitorPowerDown()
        case .reset: try machine.monitorReset()
        case .quit: try machine.monitorQuit()
        case .queryReceiveFilter, .queryThreads, .setLink, .announceSelf:
            return try runOnNetworks(of: machine, arguments)
        }
        return [:]
    }

    private static func `continue`(_ machine: any MonitoredMachine) throws(MonitorError) {
        let state = machine.monitorRunState
        if state.needsReset { throw .generic("Resetting the Virtual Machine is required") }
        if state != .running { try machine.monitorContinue() }
    }
}
