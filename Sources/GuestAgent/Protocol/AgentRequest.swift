// SPDX-License-Identifier: Apache-2.0
package import JSON

/// A command for a guest's agent (QEMU Guest Agent Protocol Reference).
package struct AgentRequest: Equatable, Sendable {
    /// The command, such as `guest-ping`.
    package let name: String
    package let arguments: JSONObject

    package init(_ name: String, _ arguments: JSONObject = JSONObject()) {
        self.name = name
        self.arguments = arguments
    }

    /// The request that finds the agent's place in the stream: its answer comes behind 0xFF and holds `identifier`.
    static func synchronization(_ identifier: Int64) -> AgentRequest {
        var arguments = JSONObject()
        arguments["id"] = .integer(identifier)
        return AgentRequest("guest-sync-delimited", arguments)
    }

    /// The request on a line of its own.
    package var bytes: [UInt8] {
        var document = JSONObject()
        document["execute"] = .string(name)
        if !arguments.members.isEmpty { document["arguments"] = .object(arguments) }
        return JSONValue.object(document).bytes() + [0x0A]
    }

    /// What an answer to this request holds.
    ///
    /// - Throws: `refused` for an error of the agent's, `malformed` for what is no answer.
    package func result(of answer: JSONValue) throws(AgentError) -> JSONValue {
        if let value = answer["return"] { return value }
        guard let error = answer["error"] else {
            throw .malformed(request: name, found: "\(answer.kindName) without return or error")
        }
        throw .refused(request: name, reason: Printable.text(error["desc"]?.text ?? "it does not say why"))
    }
}
