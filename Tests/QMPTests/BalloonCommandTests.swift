// SPDX-License-Identifier: Apache-2.0
import JSON
@testable import QMP
import Testing

@Suite("The balloon's commands")
struct BalloonCommandTests {
    private typealias Exchange = MonitorSessionTests.Exchange
    private static let path = #""path": "/machine/peripheral/balloon0""#

    private static func error(_ description: String, class name: String = "GenericError") -> String {
        MonitorSessionTests.error(description, class: name)
    }

    private static func get(_ property: String) -> String {
        "{\"execute\": \"qom-get\", \"arguments\": {\(path), \"property\": \"\(property)\"}}"
    }

    private static func set(_ property: String, _ value: String) -> String {
        "{\"execute\": \"qom-set\", \"arguments\": {\(path), \"property\": \"\(property)\", \"value\": \(value)}}"
    }

    private static let interval = "guest-stats-polling-interval"
    private static let refused = "Invalid parameter type for '\(interval)', expected: integer"

    static let exchanges: [MonitorSessionTests.Exchange] = [
        Exchange(#"{"execute": "query-balloon"}"#, #"{"return": {"actual": 1073741824}}"#),
        Exchange(
            #"{"execute": "balloon", "arguments": {"value": 4096}}{"execute": "query-balloon"}"#, #"{"return": {}}"#,
            #"{"return": {"actual": 4096}}"#),
        Exchange(
            #"{"execute": "balloon", "arguments": {"value": 0}}"#, error("Parameter 'target' expects a size")),
        Exchange(
            #"{"execute": "balloon", "arguments": {"value": -1}}"#, error("Parameter 'target' expects a size")),
        Exchange(#"{"execute": "balloon"}"#, error("Parameter 'value' is missing")),
        Exchange(
            #"{"execute": "balloon", "arguments": {"value": "1"}}"#,
            error("Invalid parameter type for 'value', expected: integer")),
        Exchange(
            #"{"execute": "balloon", "arguments": {"value": 18446744073709551615}}"#,
            error("Invalid parameter type for 'value', expected: integer")),
        Exchange(
            #"{"execute": "balloon", "arguments": {"value": 1, "id": 2}}"#, error("Parameter 'id' is unexpected")),
        Exchange(
            get("guest-stats"),
            #"{"return": {"stats": {"stat-swap-out": 18446744073709551615, "#
                + #""stat-available-memory": 18446744073709551615, "stat-htlb-pgfail": 18446744073709551615, "#
                + #""stat-free-memory": 77, "stat-minor-faults": 18446744073709551615, "#
                + #""stat-major-faults": 18446744073709551615, "stat-total-memory": 18446744073709551615, "#
                + #""stat-htlb-pgalloc": 18446744073709551615, "stat-swap-in": 18446744073709551615, "#
                + #""stat-disk-caches": 18446744073709551615}, "last-update": 9}}"#),
        Exchange(set(interval, "5") + get(interval), #"{"return": {}}"#, #"{"return": 5}"#),
        Exchange(set(interval, "-1"), error("timer value must be greater than zero")),
        Exchange(set(interval, "4294967296"), error("timer value is too big")),
        Exchange(set(interval, "true"), error(refused)),
        Exchange(set("guest-stats", "1"), error("Insufficient permission to perform this operation")),
        Exchange(get("type"), error("Property 'virtio-balloon-pci.type' not found")),
        Exchange(set("x", "1"), error("Property 'virtio-balloon-pci.x' not found")),
        Exchange(
            #"{"execute": "qom-get", "arguments": {"path": "/machine", "property": "type"}}"#,
            error("Device '/machine' not found", class: "DeviceNotFound")),
        Exchange(#"{"execute": "qom-get", "arguments": {"path": "/"}}"#, error("Parameter 'property' is missing")),
        Exchange(
            #"{"execute": "qom-set", "arguments": {"path": 1}}"#,
            error("Invalid parameter type for 'path', expected: string")),
    ]

    @Test("a machine with a balloon answers", arguments: exchanges)
    func answers(_ exchange: MonitorSessionTests.Exchange) {
        let conversation = Conversation()
        conversation.machine.monitorBalloon = FakeBalloon()

        #expect(conversation.say(exchange.said) == exchange.heard)
    }

    @Test("without a balloon nothing is asked for")
    func none() {
        let conversation = Conversation()
        let inactive = Self.error("No balloon device has been activated", class: "DeviceNotActive")

        #expect(conversation.say(#"{"execute": "query-balloon"}"#) == [inactive])
        #expect(conversation.say(#"{"execute": "balloon", "arguments": {"value": 5}}"#) == [inactive])
        #expect(
            conversation.say(Self.get("guest-stats"))
                == [Self.error("Device '/machine/peripheral/balloon0' not found", class: "DeviceNotFound")])
    }

    @Test("the event has QEMU's shape")
    func event() {
        let event = MonitorEvent.balloonChange(actual: 1 << 30).json(at: MonitorTime(seconds: 5, microseconds: 6))

        #expect(
            event.serialized()
                == "{\(MonitorSessionTests.time), \"event\": \"BALLOON_CHANGE\", \"data\": {\"actual\": 1073741824}}")
    }
}
