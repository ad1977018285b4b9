// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import GuestAgent

@Suite("Answers of a guest's agent")
struct AnswerTests {
    @Test(
        "base 64 is decoded, and nothing else is",
        arguments: [
            ("", []), ("Zg==", [0x66]), ("Zm8=", [0x66, 0x6f]), ("Zm9v", [0x66, 0x6f, 0x6f]),
            ("/+8A", [0xff, 0xef, 0]),
            ("Zg=", nil), ("Z===", nil), ("Zg==Zg==", nil), ("====", nil), ("Zm9-", nil), ("Zm 9", nil), ("Zm9é", nil),
        ] as [(String, [UInt8]?)])
    func decodes(_ text: String, _ bytes: [UInt8]?) {
        #expect(Base64.decode(text) == bytes)
    }

    @Test("one long cell does not make every row of a table long")
    func table() {
        let long = String(repeating: "x", count: 1000)

        let rows = Table.text([[long, "1"], ["a", "2"]]).split(separator: "\n")

        #expect(rows[0] == long + "  1")
        #expect(rows[1].hasPrefix("a ") && rows[1].hasSuffix(" 2") && rows[1].count < 100)
    }

    static let statuses: [(answer: JSONValue, status: CommandStatus?)] = [
        (["exited": false], CommandStatus(exitStatus: nil)),
        (["exited": true, "exitcode": 3], CommandStatus(exitStatus: 3)),
        (["exited": true, "signal": 9], CommandStatus(exitStatus: 137)),
        (["exited": true, "exitcode": 256], CommandStatus(exitStatus: 255)),
        (["exited": true, "exitcode": -1], CommandStatus(exitStatus: 255)),
        (
            ["exited": true, "exitcode": 0, "out-data": "Zg==", "err-data": "Zm8=", "err-truncated": true],
            CommandStatus(exitStatus: 0, output: [0x66], errors: [0x66, 0x6f], isTruncated: true)
        ),
        ([:], nil), (["exited": 1], nil), (["exited": true], nil), (["exited": true, "signal": 1000], nil),
        (["exited": true, "exitcode": 0, "out-data": "?"], nil), ("text", nil),
    ]

    @Test("a command's status", arguments: statuses)
    func readsStatus(_ answer: JSONValue, _ status: CommandStatus?) {
        #expect(CommandStatus(answer) == status)
    }

    @Test("network cards, with what a terminal would obey made printable")
    func readsInterfaces() {
        let answer: JSONValue = [
            [
                "name": "eth0\u{1b}[2J", "hardware-address": "52:54:00:12:34:56",
                "ip-addresses": [
                    ["ip-address-type": "ipv4", "ip-address": "10.0.2.15", "prefix": 24],
                    ["ip-address": "fe80::1\n"], ["prefix": 3], 7,
                ],
            ],
            ["name": "sit0"],
        ]

        #expect(
            NetworkInterface.list(of: answer) == [
                NetworkInterface(
                    name: "eth0?[2J", hardwareAddress: "52:54:00:12:34:56", addresses: ["10.0.2.15/24", "fe80::1?"]),
                NetworkInterface(name: "sit0", hardwareAddress: nil, addresses: []),
            ])
        #expect(NetworkInterface.list(of: [["hardware-address": "x"]]) == nil)
        #expect(NetworkInterface.list(of: [:]) == nil)
    }

    @Test("what an agent does not tell is unknown")
    func describesPoorAgents() {
        let description = GuestDescription(agent: 7, hostName: nil, system: ["pretty-name": "A\u{7}B"])

        #expect(
            description.rows.map(\.value) == ["unknown", "0 of 0 enabled", "unknown", "A?B", "unknown", "unknown"])
    }
}
