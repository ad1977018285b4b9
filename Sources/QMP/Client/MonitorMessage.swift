// SPDX-License-Identifier: Apache-2.0
package import JSON

/// What a QMP server says.
package enum MonitorMessage: Equatable, Sendable {
    /// The first message: the version and the capabilities that are offered.
    case greeting(JSONValue)
    /// The answer to the command that carried this identifier; `nil` for a message that the server could not read.
    case reply(identifier: JSONValue?, Result<JSONValue, MonitorError>)
    /// Something happened to the machine. `data` is an object, or `nil`.
    case event(name: String, data: JSONValue?, time: MonitorTime)

    /// Takes a message of a server apart; `nil` when it is none of these.
    package init?(_ message: JSONValue) {
        if let greeting = message["QMP"] {
            self = .greeting(greeting)
        } else if let name = message["event"]?.text {
            guard let seconds = message["timestamp"]?["seconds"]?.integerValue,
                let microseconds = message["timestamp"]?["microseconds"]?.integerValue
            else { return nil }
            self = .event(
                name: name, data: message["data"], time: MonitorTime(seconds: seconds, microseconds: microseconds))
        } else if let value = message["return"] {
            self = .reply(identifier: message["id"], .success(value))
        } else if let errorClass = message["error"]?["class"]?.text, let text = message["error"]?["desc"]?.text {
            let error = MonitorError(errorClass: errorClass, description: text)
            self = .reply(identifier: message["id"], .failure(error))
        } else {
            return nil
        }
    }
}
