// SPDX-License-Identifier: Apache-2.0
import QMP
import Testing

@Suite("Commands about networks")
struct NetworkCommandTests {
    struct Exchange: Sendable {
        let said: String
        let answer: String
        let calls: [String]

        init(_ said: String, _ answer: String, calls: [String] = []) {
            self.said = said
            self.answer = answer
            self.calls = calls
        }

        init(_ said: String, error: String, errorClass: String = "GenericError") {
            self.init(said, #"{"error": {"class": "\#(errorClass)", "desc": "\#(error)"}}"#)
        }
    }

    private static let card =
        #"{"name": "net0", "promiscuous": false, "multicast": "normal", "unicast": "normal", "vlan": "all", "#
        + #""broadcast-allowed": true, "multicast-overflow": false, "unicast-overflow": false, "#
        + #""main-mac": "52:54:00:00:00:01", "vlan-table": [], "unicast-table": [], "multicast-table": []}"#

    private static func announce(_ arguments: String) -> String {
        #"{"execute": "announce-self", "arguments": {\#(arguments)}}"#
    }

    static let exchanges = [
        Exchange(#"{"execute": "query-rx-filter"}"#, #"{"return": [\#(card)]}"#),
        Exchange(
            #"{"execute": "query-rx-filter", "arguments": {"name": "net0"}}"#, #"{"return": [\#(card)]}"#),
        Exchange(
            #"{"execute": "query-rx-filter", "arguments": {"name": "x"}}"#, error: "invalid net client name: x"),
        Exchange(
            #"{"execute": "query-iothreads"}"#,
            #"{"return": [{"id": "net0", "thread-id": 78, "poll-max-ns": 0, "poll-grow": 0, "poll-shrink": 0, "#
                + #""aio-max-batch": 0}]}"#),
        Exchange(
            #"{"execute": "set_link", "arguments": {"name": "net0", "up": false}}"#, #"{"return": {}}"#,
            calls: ["link net0 false"]),
        Exchange(
            #"{"execute": "set_link", "arguments": {"name": "net9", "up": false}}"#,
            error: "Device 'net9' not found", errorClass: "DeviceNotFound"),
        Exchange(#"{"execute": "set_link", "arguments": {"name": "net0"}}"#, error: "Parameter 'up' is missing"),
        Exchange(
            #"{"execute": "set_link", "arguments": {"name": "net0", "up": 1}}"#,
            error: "Invalid parameter type for 'up', expected: boolean"),
        Exchange(
            announce(#""initial": 50, "max": 550, "rounds": 5, "step": 50"#), #"{"return": {}}"#,
            calls: [#"announce 5 ["all"]"#]),
        Exchange(
            announce(#""initial": 50, "max": 550, "rounds": 1, "step": 0, "interfaces": ["net0"], "id": "a""#),
            #"{"return": {}}"#, calls: [#"announce 1 ["net0"]"#]),
        Exchange(
            announce(#""initial": 50, "max": 550, "rounds": 0, "step": 50"#),
            error: "Parameter 'rounds' expects a value between 1 and 1000"),
        Exchange(
            announce(#""initial": 50, "max": 9223372036854775807, "rounds": 1, "step": 50"#),
            error: "Parameter 'max' expects a value between 1 and 100000"),
        Exchange(
            announce(#""initial": 50, "max": 550, "rounds": 1, "step": 50, "interfaces": [1]"#),
            error: "Invalid parameter type for 'interfaces', expected: string"),
    ]

    @Test("what is said is answered as QEMU answers", arguments: exchanges)
    func answers(_ exchange: Exchange) {
        let conversation = Conversation()
        #expect(conversation.say(exchange.said) == [exchange.answer])
        #expect(conversation.machine.calls == exchange.calls)
    }

    @Test("the pauses between announcements grow by the step, up to the maximum, and end with the last")
    func pauses() {
        let plan = MonitorAnnouncement(initial: 50, maximum: 120, rounds: 4, step: 50)
        #expect((1...4).map { plan.delay(after: $0) } == [50, 100, 120, nil])
    }
}
