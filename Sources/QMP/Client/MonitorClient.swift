// SPDX-License-Identifier: Apache-2.0
package import JSON

/// The client's side of one QMP connection, without the connection.
///
/// The first command of every client is `qmp_capabilities`, after the greeting.
package struct MonitorClient: Sendable {
    private var parser: JSONStreamParser
    private var lastIdentifier: Int64 = 0

    /// Begins a connection.
    ///
    /// - Parameter maximumMessageByteCount: How many bytes a message of the server may have.
    package init(maximumMessageByteCount: Int = JSONStreamParser.defaultMaximumByteCount) {
        parser = JSONStreamParser(maximumByteCount: maximumMessageByteCount)
    }

    /// The bytes of a command, and the identifier that its reply will carry: another number for each.
    package mutating func encode(
        _ command: String, arguments: JSONObject? = nil
    ) -> (identifier: JSONValue, bytes: [UInt8]) {
        lastIdentifier &+= 1
        let identifier = JSONValue.integer(lastIdentifier)
        var object = JSONObject()
        object["execute"] = .string(command)
        object["arguments"] = arguments.map { .object($0) }
        object["id"] = identifier
        return (identifier, JSONValue.object(object).bytes() + [0x0A])
    }

    /// Takes bytes from the server.
    ///
    /// - Returns: The messages that they complete, in order.
    package mutating func receive(_ bytes: [UInt8]) throws(MonitorClientError) -> [MonitorMessage] {
        var rest = bytes[...]
        var messages: [MonitorMessage] = []
        while let value = try next(&rest) {
            guard let message = MonitorMessage(value) else { throw .notMessage(value) }
            messages.append(message)
        }
        return messages
    }

    private mutating func next(_ rest: inout ArraySlice<UInt8>) throws(MonitorClientError) -> JSONValue? {
        do throws(JSONError) {
            return try parser.next(&rest)
        } catch {
            throw .notJSON(error)
        }
    }
}
