// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import QMP

@Suite("Monitor session")
struct MonitorSessionTests {
    /// What a negotiated client says and what it hears.
    struct Exchange: CustomTestStringConvertible {
        let said: String
        let heard: [String]

        init(_ said: String, _ heard: String...) {
            self.said = said
            self.heard = heard
        }

        var testDescription: String { said }
    }

    static func error(_ description: String, _ rest: String = "", class name: String = "GenericError") -> String {
        "{\"error\": {\"class\": \"\(name)\", \"desc\": \"\(description)\"}\(rest)}"
    }

    static let time = #""timestamp": {"seconds": 5, "microseconds": 6}"#

    static let exchanges: [Exchange] = [
        Exchange(
            #"{"execute": "query-status", "id": 7}"#,
            #"{"return": {"status": "running", "singlestep": false, "running": true}, "id": 7}"#),
        Exchange(
            #"{"id": {"a": [null]}, "execute": "query-name", "arguments": {}}"#,
            #"{"return": {"name": "web"}, "id": {"a": [null]}}"#),
        Exchange(
            #"{"execute": "query-version"}"#,
            #"{"return": {"qemu": {"micro": 0, "minor": 2, "major": 7}, "package": "apus-test"}}"#),
        Exchange(
            #"{"execute": "query-cpus-fast"}"#,
            #"{"return": [{"thread-id": 77, "props": {"core-id": 0, "thread-id": 0, "socket-id": 0}, "#
                + #""qom-path": "/machine/unattached/device[0]", "cpu-index": 0, "target": "x86_64"}]}"#),
        Exchange(
            #"{"execute": "query-block"}"#,
            #"{"return": [{"io-status": "ok", "device": "disk0", "locked": false, "removable": false, "inserted": "#
                + #"{"iops_rd": 0, "detect_zeroes": "off", "image": {"virtual-size": 1048576, "filename": "/srv/a.img", "#
                + #""format": "raw", "actual-size": 4096, "dirty-flag": false}, "iops_wr": 0, "ro": true, "#
                + #""backing_file_depth": 0, "drv": "raw", "iops": 0, "bps_wr": 0, "write_threshold": 0, "#
                + #""encrypted": false, "bps": 0, "bps_rd": 0, "cache": {"no-flush": false, "direct": false, "#
                + #""writeback": true}, "file": "/srv/a.img"}, "qdev": "/machine/peripheral/disk0/virtio-backend", "#
                + #""type": "unknown"}]}"#),
        Exchange(
            #"{"execute": "query-commands"}"#,
            #"{"return": [{"name": "qmp_capabilities"}, {"name": "query-status"}, {"name": "query-version"}, "#
                + #"{"name": "query-commands"}, {"name": "query-name"}, {"name": "query-block"}, "#
                + #"{"name": "block_set_io_throttle"}, "#
                + #"{"name": "query-cpus-fast"}, "#
                + #"{"name": "query-balloon"}, {"name": "balloon"}, {"name": "qom-get"}, {"name": "qom-set"}, "#
                + #"{"name": "stop"}, {"name": "cont"}, {"name": "system_powerdown"}, "#
                + #"{"name": "system_reset"}, {"name": "query-rx-filter"}, {"name": "query-iothreads"}, "#
                + #"{"name": "set_link"}, {"name": "announce-self"}, {"name": "quit"}]}"#),
        Exchange(
            #"{"execute": "stop", "id": 1}{"execute": "query-status"}"#, "{\(time), \"event\": \"STOP\"}",
            #"{"return": {}, "id": 1}"#, #"{"return": {"status": "paused", "singlestep": false, "running": false}}"#),
        Exchange(
            #"{"execute": "stop"}{"execute": "stop"}{"execute": "cont"}"#, "{\(time), \"event\": \"STOP\"}",
            #"{"return": {}}"#, #"{"return": {}}"#, "{\(time), \"event\": \"RESUME\"}", #"{"return": {}}"#),
        Exchange(#"{"execute": "cont"}"#, #"{"return": {}}"#),
        Exchange(#"{"execute": "system_powerdown"}"#, "{\(time), \"event\": \"POWERDOWN\"}", #"{"return": {}}"#),
        Exchange(
            #"{"execute": "system_reset"}"#,
            "{\(time), \"event\": \"RESET\", \"data\": {\"guest\": false, \"reason\": \"host-qmp-system-reset\"}}",
            #"{"return": {}}"#),
        Exchange(
            #"{"execute": "quit", "id": "bye"}"#,
            "{\(time), \"event\": \"SHUTDOWN\", \"data\": {\"guest\": false, \"reason\": \"host-qmp-quit\"}}",
            #"{"return": {}, "id": "bye"}"#),
        Exchange(
            #"{"execute": "nope", "id": 1}"#,
            error("The command nope has not been found", ", \"id\": 1", class: "CommandNotFound")),
        Exchange(
            #"{"execute": "qmp_capabilities"}"#,
            error("Capabilities negotiation is already complete, command ignored", class: "CommandNotFound")),
        Exchange(#"{"execute": "stop", "arguments": {"x": 1}}"#, error("Parameter 'x' is unexpected")),
        Exchange(#"{"execute": "stop", "control": {}}"#, error("QMP input member 'control' is unexpected")),
        Exchange(#"{"exec-oob": "stop", "id": 2}"#, error("QMP input member 'exec-oob' is unexpected", ", \"id\": 2")),
        Exchange(#"{"execute": 5}"#, error("QMP input member 'execute' must be a string")),
        Exchange(#"{"execute": "stop", "arguments": 3}"#, error("QMP input member 'arguments' must be an object")),
        Exchange(#"{"arguments": {}}"#, error("QMP input lacks member 'execute'")),
        Exchange(
            "[1] 3 \"x\"", error("QMP input must be a JSON object"), error("QMP input must be a JSON object"),
            error("QMP input must be a JSON object")),
        Exchange(
            #"{"execute": foo}{"execute": "cont"}"#,
            error("JSON parse error, byte 44: found 'o' where 'false' has to come"), #"{"return": {}}"#),
        Exchange(
            #"{"execute": "cont", "execute": "stop"} "#,
            error("JSON parse error, byte 68: the key 'execute' comes twice in one object")),
        Exchange("  \r\n"),
    ]

    @Test("what is said is answered as QEMU answers", arguments: exchanges)
    func answers(_ exchange: Exchange) {
        #expect(Conversation().say(exchange.said) == exchange.heard)
    }

    @Test("pieces change nothing", arguments: exchanges)
    func pieces(_ exchange: Exchange) {
        let bytes = Array(exchange.said.utf8)
        for cut in 0...bytes.count {
            let conversation = Conversation()

            conversation.session.receive(Array(bytes[..<cut]))
            conversation.session.receive(Array(bytes[cut...]))

            #expect(conversation.read() == exchange.heard, "cut at \(cut)")
        }
    }

    @Test("a client has to negotiate first, and gets no event before")
    func negotiation() {
        let conversation = Conversation(negotiated: false)
        #expect(conversation.read() == [Conversation.greeting])
        let expecting = Self.error(
            "Expecting capabilities negotiation with 'qmp_capabilities'", class: "CommandNotFound")

        conversation.session.send(.stop, at: MonitorTime(seconds: 1, microseconds: 2))
        #expect(conversation.say(#"{"execute": "stop"}{"execute": "nope"}"#) == [expecting, expecting])
        #expect(
            conversation.say(#"{"execute": "qmp_capabilities", "arguments": {"enable": ["oob"]}}"#)
                == [Self.error("QMP capability 'oob' not available")])
        #expect(
            conversation.say(#"{"execute": "qmp_capabilities", "arguments": {"enable": true}}"#)
                == [Self.error("Invalid parameter type for 'enable', expected: array")])
        #expect(conversation.machine.calls == [])
        #expect(!conversation.session.isNegotiated)

        #expect(
            conversation.say(#"{"execute": "qmp_capabilities", "arguments": {"enable": []}, "id": 1}"#)
                == [#"{"return": {}, "id": 1}"#])
        conversation.session.send(.stop, at: MonitorTime(seconds: 5, microseconds: 6))
        #expect(conversation.read() == ["{\(Self.time), \"event\": \"STOP\"}"])
    }

    @Test("a machine that needs a reset does not go on", arguments: [MonitorRunState.shutdown, .internalError])
    func needsReset(state: MonitorRunState) {
        let conversation = Conversation()
        conversation.machine.monitorRunState = state

        #expect(conversation.say(#"{"execute": "cont"}"#) == [Self.error("Resetting the Virtual Machine is required")])
        #expect(conversation.machine.calls == [])
    }

    @Test("what the machine refuses is an error of the command")
    func refusal() {
        let conversation = Conversation()
        conversation.machine.refusal = .generic("not now")

        #expect(conversation.say(#"{"execute": "quit", "id": 0}"#) == [Self.error("not now", ", \"id\": 0")])
    }

    @Test("events have QEMU's shapes")
    func events() {
        let now = MonitorTime(seconds: 5, microseconds: 6)
        #expect(
            MonitorEvent.shutdown(.guestShutdown).json(at: now).serialized()
                == "{\(Self.time), \"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}}"
        )
        #expect(
            MonitorEvent.guestPanicked(.pause).json(at: now).serialized()
                == "{\(Self.time), \"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\"}}")
        #expect(
            MonitorEvent.guestPanicked(.run, information: ["type": "hyper-v"]).json(at: now).serialized()
                == "{\(Self.time), \"event\": \"GUEST_PANICKED\", "
                + "\"data\": {\"action\": \"run\", \"info\": {\"type\": \"hyper-v\"}}}")
    }
}
