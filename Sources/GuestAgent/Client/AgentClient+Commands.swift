// SPDX-License-Identifier: Apache-2.0
internal import Glibc
package import JSON

extension AgentClient {
    /// What brings a command's output.
    static let statusRequest = "guest-exec-status"

    /// Returns once the agent has answered.
    package mutating func ping() throws(AgentError) {
        _ = try execute(AgentRequest("guest-ping"))
    }

    /// What the agent says of itself and of its guest. What an agent does not know or may not tell is left out.
    package mutating func describe() throws(AgentError) -> GuestDescription {
        GuestDescription(
            agent: try execute(AgentRequest("guest-info")),
            hostName: try answerIfAllowed("guest-get-host-name"), system: try answerIfAllowed("guest-get-osinfo"))
    }

    private mutating func answerIfAllowed(_ name: String) throws(AgentError) -> JSONValue? {
        do throws(AgentError) {
            return try execute(AgentRequest(name))
        } catch {
            if case .refused = error { return nil }
            throw error
        }
    }

    /// The guest's network cards, and the agent's own words for them.
    package mutating func networkInterfaces() throws(AgentError) -> (list: [NetworkInterface], answer: JSONValue) {
        let request = AgentRequest("guest-network-get-interfaces")
        let answer = try execute(request)
        guard let list = NetworkInterface.list(of: answer) else {
            throw .malformed(request: request.name, found: "no list of interfaces")
        }
        return (list, answer)
    }

    /// Runs a command in the guest until it has ended, and returns what became of it and what it wrote.
    ///
    /// - Parameter command: The program, looked up in the agent's `PATH`, and its arguments; not empty.
    package mutating func run(_ command: [String]) throws(AgentError) -> CommandStatus {
        precondition(!command.isEmpty, "a command has a program")
        var arguments = JSONObject()
        arguments["path"] = .string(command[0])
        arguments["arg"] = .array(command.dropFirst().map { .string($0) })
        arguments["capture-output"] = true
        let start = AgentRequest("guest-exec", arguments)
        guard let process = try execute(start)["pid"]?.integerValue else {
            throw .malformed(request: start.name, found: "no process number")
        }
        var pauseMilliseconds: CInt = 20
        while true {
            let status = try self.status(of: process)
            if status.exitStatus != nil { return status }
            // The protocol tells nobody of a command's end: it has to be asked for.
            try rest(milliseconds: pauseMilliseconds)
            pauseMilliseconds = min(500, pauseMilliseconds * 2)
        }
    }

    private mutating func status(of process: Int64) throws(AgentError) -> CommandStatus {
        var arguments = JSONObject()
        arguments["pid"] = .integer(process)
        let request = AgentRequest(Self.statusRequest, arguments)
        guard let status = CommandStatus(try execute(request)) else {
            throw .malformed(request: request.name, found: "no status of a command")
        }
        return status
    }
}
