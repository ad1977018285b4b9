// SPDX-License-Identifier: Apache-2.0
import Host
import JSON
import Testing

@testable import GuestAgent

@Suite("A freeze of a guest's file systems")
struct FreezeTests {
    private static let freeze = "guest-fsfreeze-freeze"
    private static let thaw = "guest-fsfreeze-thaw"

    /// What the agent does, and what becomes of the freeze.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// By the request's name and the number of earlier requests.
        let script: @Sendable (String, Int) -> ScriptedAgent.Answer
        var bodyError: AgentError?
        let runsBody: Bool
        let requests: [String]
        let isExpected: @Sendable (AgentError?) -> Bool
    }

    static let cases: [Case] = [
        Case(
            testDescription: "is thawed after the body", script: { _, _ in .value(2) }, runsBody: true,
            requests: [freeze, thaw], isExpected: { $0 == nil }),
        Case(
            testDescription: "is thawed where the body fails", script: { _, _ in .value(2) },
            bodyError: .io("the body"), runsBody: true, requests: [freeze, thaw],
            isExpected: { $0 == .io("the body") }),
        Case(
            testDescription: "is thawed where the freeze was not answered, for it may come later",
            script: { name, _ in name == freeze ? .silence : .value(0) }, runsBody: false, requests: [freeze, thaw],
            isExpected: { if case .notFrozen(.noAnswer) = $0 { true } else { false } }),
        Case(
            testDescription: "is thawed where the freeze failed",
            script: { name, _ in name == freeze ? .value("what") : .value(0) }, runsBody: false,
            requests: [freeze, thaw], isExpected: { if case .notFrozen(.malformed) = $0 { true } else { false } }),
        Case(
            testDescription: "is thawed at the second try",
            script: { _, earlier in earlier == 1 ? .value("what") : .value(2) }, runsBody: true,
            requests: [freeze, thaw, thaw], isExpected: { $0 == nil }),
        Case(
            testDescription: "is said to last where no thaw succeeds",
            script: { name, _ in name == freeze ? .value(2) : .value("what") }, runsBody: true,
            requests: [freeze, thaw, thaw, thaw],
            isExpected: { if case .stillFrozen(.malformed) = $0 { true } else { false } }),
        Case(
            testDescription: "is said to last where the agent leaves",
            script: { name, _ in name == freeze ? .value(2) : .leave }, runsBody: true, requests: [freeze, thaw],
            isExpected: { if case .stillFrozen(.disconnected) = $0 { true } else { false } }),
    ]

    @Test("ends", arguments: cases)
    func ends(_ example: Case) throws {
        let (ours, theirs) = try connectedPair()
        let agent = try ScriptedAgent(theirs) { [earlier = Counter()] name, _ in example.script(name, earlier.next()) }
        var hasRun = false
        var failure: AgentError?
        do {
            var client = try AgentClient(owning: Descriptor(owning: ours), timeoutSeconds: 1)
            do throws(AgentError) {
                try client.withFrozenFileSystems { (count) throws(AgentError) in
                    #expect(count == 2)
                    hasRun = true
                    if let error = example.bodyError { throw error }
                }
            } catch {
                failure = error
            }
        }

        #expect(hasRun == example.runsBody)
        #expect(example.isExpected(failure), "\(String(describing: failure))")
        #expect(agent.requests() == example.requests)
    }

    @Test("a command on the host has the time that the guest bears, and no more")
    func boundsCommands() throws {
        let command = try FrozenCommand("/bin/sh", ["-c", "exec sleep 1000"])
        #expect(command.run(limitSeconds: 1).exitStatus == 124)
        #expect(try FrozenCommand("/bin/sh", ["-c", "exit 3"]).run(limitSeconds: 60).exitStatus == 3)
        #expect(try FrozenCommand("/dev/null", []).run(limitSeconds: 60).exitStatus == 126)
    }
}
