// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import QMP

@Suite("Monitor client")
struct MonitorClientTests {
    @Test("a client and a session understand one another, byte by byte")
    func conversation() throws {
        let conversation = Conversation(negotiated: false)
        var client = MonitorClient()
        var messages: [MonitorMessage] = []
        for command in ["qmp_capabilities", "stop", "nope"] {
            conversation.session.receive(client.encode(command).bytes)
        }

        for byte in conversation.session.pendingOutput {
            messages += try client.receive([byte])
        }

        #expect(
            messages == [
                .greeting(["version": MonitorVersion(package: "apus-test").json, "capabilities": []]),
                .reply(identifier: 1, .success([:])),
                .event(name: "STOP", data: nil, time: MonitorTime(seconds: 5, microseconds: 6)),
                .reply(identifier: 2, .success([:])),
                .reply(identifier: 3, .failure(.commandNotFound("The command nope has not been found"))),
            ])
    }

    @Test("arguments are sent as they are")
    func arguments() {
        var client = MonitorClient()
        var arguments = JSONObject()
        arguments["enable"] = []

        let command = client.encode("qmp_capabilities", arguments: arguments)

        #expect(
            String(decoding: command.bytes, as: UTF8.self)
                == "{\"execute\": \"qmp_capabilities\", \"arguments\": {\"enable\": []}, \"id\": 1}\n")
    }

    @Test("what is no QMP is refused", arguments: ["{}", "[]", "7 ", #"{"event": "STOP"}"#, #"{"error": {}}"#])
    func refuses(_ text: String) {
        var client = MonitorClient()
        #expect(throws: MonitorClientError.self) { try client.receive(Array(text.utf8)) }
        #expect(throws: MonitorClientError.notJSON(JSONError(.unexpected(byte: 0x21, expected: "a value"), offset: 0)))
        {
            var client = MonitorClient()
            _ = try client.receive(Array("!".utf8))
        }
    }
}
