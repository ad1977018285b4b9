// SPDX-License-Identifier: Apache-2.0
import Glibc
import Host
import JSON
import Testing

@testable import GuestAgent

@Suite("The client of a guest's agent")
struct AgentClientTests {
    @Test("asks, and gives what the answer holds or why there is none")
    func asks() throws {
        let (ours, theirs) = try connectedPair()
        let agent = try ScriptedAgent(theirs) { name, _ in
            name == "guest-ping" ? .value([:]) : .bytes(Array("{\"error\": {\"desc\": \"no\\u001b\"}}\n".utf8))
        }
        do {
            var client = try AgentClient(owning: Descriptor(owning: ours), timeoutSeconds: 60)

            try client.ping()
            #expect(throws: AgentError.refused(request: "guest-info", reason: "no?")) { try client.describe() }
        }
        #expect(agent.requests() == ["guest-ping", "guest-info"])
    }

    @Test("what other clients left is passed over")
    func skipsStaleAnswers() throws {
        let (ours, theirs) = try connectedPair()
        let agent = try ScriptedAgent(
            theirs,
            synchronization: { identifier in
                let stale = Array("ned\"}\n{\"return\": \(identifier)}\n{]\n".utf8) + ScriptedAgent.delimited(7)
                let long = [UInt8](repeating: UInt8(ascii: "x"), count: 5000)
                return .bytes(stale + long + ScriptedAgent.delimited(identifier))
            }, { _, _ in .value("frozen") })
        do {
            var client = try AgentClient(
                owning: Descriptor(owning: ours), timeoutSeconds: 60, maximumAnswerByteCount: 1000)

            #expect(try client.isFrozen())
            #expect(try client.isFrozen())
        }
        _ = agent.requests()
    }

    /// A guest that does not keep to the protocol.
    struct Hostility: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var synchronization: @Sendable (Int64) -> ScriptedAgent.Answer = ScriptedAgent.inStep
        var script: ScriptedAgent.Script = { _, _ in .silence }
        let isExpected: @Sendable (AgentError) -> Bool
    }

    private static let noAnswer: @Sendable (AgentError) -> Bool = { if case .noAnswer = $0 { true } else { false } }
    private static let malformed: @Sendable (AgentError) -> Bool = { if case .malformed = $0 { true } else { false } }

    static let hostilities: [Hostility] = [
        Hostility(testDescription: "is silent", synchronization: { _ in .silence }, isExpected: noAnswer),
        Hostility(testDescription: "is silent after the synchronization", isExpected: noAnswer),
        Hostility(
            testDescription: "answers with another number",
            synchronization: { .bytes(ScriptedAgent.delimited($0 + 1)) },
            isExpected: noAnswer),
        Hostility(
            testDescription: "answers without 0xFF", synchronization: { .value(.integer($0)) }, isExpected: noAnswer),
        Hostility(testDescription: "leaves", script: { _, _ in .leave }, isExpected: { $0 == .disconnected }),
        Hostility(
            testDescription: "sends nonsense", script: { _, _ in .bytes(Array("}\n".utf8)) }, isExpected: malformed),
        Hostility(
            testDescription: "sends neither result nor error", script: { _, _ in .bytes(Array("[]\n".utf8)) },
            isExpected: malformed),
        Hostility(testDescription: "answers something else", script: { _, _ in .value(7) }, isExpected: malformed),
        Hostility(
            testDescription: "nests deeply",
            script: { _, _ in .bytes([UInt8](repeating: UInt8(ascii: "["), count: 500) + [0x0A]) },
            isExpected: malformed),
        Hostility(
            testDescription: "sends a line without end",
            script: { _, _ in .bytes([UInt8](repeating: UInt8(ascii: " "), count: 100_000)) },
            isExpected: { $0 == .tooLong(limit: 1000) }),
    ]

    @Test("bounds what a hostile guest does", arguments: hostilities)
    func survives(_ hostility: Hostility) throws {
        let (ours, theirs) = try connectedPair()
        let agent = try ScriptedAgent(theirs, synchronization: hostility.synchronization, hostility.script)
        do {
            var client = try AgentClient(
                owning: Descriptor(owning: ours), timeoutSeconds: 1, maximumAnswerByteCount: 1000)

            let error = #expect(throws: AgentError.self) { try client.isFrozen() }

            #expect(error.map(hostility.isExpected) == true, "\(String(describing: error))")
        }
        _ = agent.requests()
    }

    @Test("only what a command wrote is long")
    func limits() throws {
        let (ours, theirs) = try connectedPair()
        let agent = try ScriptedAgent(theirs) { name, _ in
            let text = String(repeating: "x", count: 5 << 20)
            return switch name {
            case "guest-exec": .value(["pid": 1])
            case "guest-exec-status": .value(["exited": true, "exitcode": 0, "more": .string(text)])
            default: .value(.string(text))
            }
        }
        do {
            var client = try AgentClient(owning: Descriptor(owning: ours), timeoutSeconds: 60)

            #expect(throws: AgentError.tooLong(limit: 4 << 20)) { _ = try client.describe() }
            #expect(try client.run(["true"]).exitStatus == 0)
        }
        _ = agent.requests()
    }

    @Test("an answer that comes too late is not the next request's")
    func outlivesLateAnswers() throws {
        let (ours, theirs) = try connectedPair()
        let late = Array("{\"return\": \"frozen\"}\n".utf8)
        let agent = try ScriptedAgent(
            theirs, synchronization: { .bytes(late + ScriptedAgent.delimited($0)) },
            { name, _ in name == "guest-ping" ? .silence : .value("thawed") })
        do {
            var client = try AgentClient(owning: Descriptor(owning: ours), timeoutSeconds: 1)

            #expect(throws: AgentError.self) { try client.ping() }
            #expect(try !client.isFrozen())
        }
        _ = agent.requests()
    }

    @Test("the caller can end the waiting")
    func isInterruptible() throws {
        let (ours, theirs) = try connectedPair()
        let (reader, writer) = try connectedPair()
        let reading = Descriptor(owning: reader)
        let writing = Descriptor(owning: writer)
        try writing.writeAll([1])
        let agent = try ScriptedAgent(theirs) { _, _ in .silence }
        do {
            var client = try AgentClient(
                owning: Descriptor(owning: ours), timeoutSeconds: 60, interruption: reading.borrowed)

            #expect(throws: AgentError.interrupted) { try client.ping() }
        }
        _ = agent.requests()
    }

    @Test("a command is waited for, and its output comes with its status")
    func runsCommands() throws {
        let (ours, theirs) = try connectedPair()
        let agent = try ScriptedAgent(theirs) { [polls = Counter()] name, request in
            if name == "guest-exec" {
                let isRight = request["arguments"] == ["path": "a", "arg": ["b", "c d"], "capture-output": true]
                return .value(["pid": isRight ? 12 : 0])
            }
            guard request["arguments"]?["pid"] == 12 else { return .leave }
            return .value(
                polls.next() < 3 ? ["exited": false] : ["exited": true, "exitcode": 7, "out-data": "Zm9v"])
        }
        do {
            var client = try AgentClient(owning: Descriptor(owning: ours), timeoutSeconds: 60)

            let status = try client.run(["a", "b", "c d"])

            #expect(status == CommandStatus(exitStatus: 7, output: Array("foo".utf8)))
        }
        #expect(agent.requests().count == 5)
    }
}
