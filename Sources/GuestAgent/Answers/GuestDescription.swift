// SPDX-License-Identifier: Apache-2.0
package import JSON

/// What an agent says of itself and of its guest. What it cannot tell is `null` in the document.
package struct GuestDescription: Equatable, Sendable {
    /// `agent` (the answer to `guest-info`), `hostName` and `system` (that to `guest-get-osinfo`).
    package let document: JSONValue

    package init(agent: JSONValue, hostName: JSONValue?, system: JSONValue?) {
        document = ["agent": agent, "hostName": hostName?["host-name"] ?? .null, "system": system ?? .null]
    }

    /// What the table shows, made printable.
    package var rows: [(title: String, value: String)] {
        let system = document["system"]
        let commands = document["agent"]?["supported_commands"]?.elements ?? []
        let enabled = commands.filter { $0["enabled"]?.boolValue == true }.count
        let texts: [(String, String?)] = [
            ("agent", document["agent"]?["version"]?.text),
            ("commands", "\(enabled) of \(commands.count) enabled"),
            ("host name", document["hostName"]?.text),
            ("system", system?["pretty-name"]?.text ?? system?["name"]?.text),
            ("kernel", system?["kernel-release"]?.text),
            ("machine", system?["machine"]?.text),
        ]
        return texts.map { (title: $0.0, value: $0.1.map(Printable.text) ?? "unknown") }
    }
}
