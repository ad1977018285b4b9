// SPDX-License-Identifier: Apache-2.0
package import JSON

/// A command as a client sends it.
package struct MonitorRequest: Equatable, Sendable {
    /// The name of the command.
    package let command: String
    /// The arguments; empty when there are none.
    package let arguments: JSONObject

    /// Takes a message of a client apart, with QEMU's words for what is wrong with it.
    package init(_ message: JSONValue) throws(MonitorError) {
        guard case .object(let object) = message else { throw .generic("QMP input must be a JSON object") }
        for member in object.members {
            try Self.check(member)
        }
        guard let command = object["execute"]?.text else { throw .generic("QMP input lacks member 'execute'") }
        self.command = command
        arguments = object["arguments"]?.members ?? JSONObject()
    }

    private static func check(_ member: JSONObject.Member) throws(MonitorError) {
        switch (member.key, member.value) {
        case ("execute", .string), ("arguments", .object), ("id", _): return
        case ("execute", _): throw .generic("QMP input member 'execute' must be a string")
        case ("arguments", _): throw .generic("QMP input member 'arguments' must be an object")
        default: throw .generic("QMP input member '\(abridged(member.key))' is unexpected")
        }
    }
}

/// The beginning of a client's text, fit for an error message.
func abridged(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(64)))
}
