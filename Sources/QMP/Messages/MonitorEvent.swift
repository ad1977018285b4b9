// SPDX-License-Identifier: Apache-2.0
package import JSON

/// Something that happened to the machine, for all clients that have negotiated.
package enum MonitorEvent: Equatable, Sendable {
    /// What becomes of the machine after a panic.
    package enum PanicAction: String, Equatable, Sendable {
        /// It stands still.
        case pause
        /// It is powered off.
        case poweroff
        /// It goes on.
        case run
    }

    /// The machine is powered off.
    case shutdown(MonitorCause)
    /// The machine was reset.
    case reset(MonitorCause)
    /// The vCPUs were stopped.
    case stop
    /// The vCPUs run again.
    case resume
    /// The power button was pressed.
    case powerDown
    /// The guest reported a panic. `information` is an object whose `type` says what else it holds.
    case guestPanicked(PanicAction, information: JSONValue? = nil)
    /// The guest has given memory to its balloon or taken it back; `actual` is what it has left, in bytes.
    case balloonChange(actual: UInt64)

    /// The name of the event.
    package var name: String {
        switch self {
        case .shutdown: "SHUTDOWN"
        case .reset: "RESET"
        case .stop: "STOP"
        case .resume: "RESUME"
        case .powerDown: "POWERDOWN"
        case .balloonChange: "BALLOON_CHANGE"
        case .guestPanicked: "GUEST_PANICKED"
        }
    }

    /// The message that tells of the event.
    package func json(at time: MonitorTime) -> JSONValue {
        var object = JSONObject()
        object["timestamp"] = time.json
        object["event"] = .string(name)
        object["data"] = data
        return .object(object)
    }

    private var data: JSONValue? {
        switch self {
        case .shutdown(let cause), .reset(let cause):
            return ["guest": .bool(cause.isGuest), "reason": .string(cause.rawValue)]
        case .stop, .resume, .powerDown: return nil
        case .balloonChange(let actual): return ["actual": JSONValue(actual)]
        case .guestPanicked(let action, let information):
            var object = JSONObject()
            object["action"] = .string(action.rawValue)
            object["info"] = information
            return .object(object)
        }
    }
}
