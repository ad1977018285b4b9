// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

extension EndToEnd {
    /// A card with two queue pairs, once served by the machine's process and once by the kernel.
    @Suite("Queue pairs", .of(.queuePairs))
    struct QueuePairTests {
        static let rounds = ["user", "kernel"]
        let whole: ScenarioResult

        init() throws { whole = try Scenario.queuePairs.result() }

        private func round(_ name: String) -> ScenarioResult {
            ScenarioResult(name: name, folder: "\(whole.folder)/\(name)", labOutput: whole.labOutput)
        }

        @Test("the scenario ends in order, and the guest's kernel has nothing to complain about", arguments: rounds)
        func ends(_ name: String) {
            let result = round(name)
            #expect(whole.isOrderly && result.status() == 0, "\(whole)\n\(result)")
            #expect(result.complaints == [], "\(result)")
            #expect(result["errors"].isEmpty, "\(result)")
        }

        @Test("the guest uses both pairs, and data goes both ways unchanged", arguments: rounds)
        func data(_ name: String) {
            let result = round(name)
            #expect(result.said("guest: queues ") == ["rx-0 rx-1 tx-0 tx-1"], "\(result)")
            let down = result.said("guest: down ").map { $0.prefix(32) }
            #expect(down.count == 4 && down.allSatisfy { $0 == whole["down.sum"] }, "\(result)")
            #expect(result["fetched"] == whole["up.sum"], "\(result)")
            let interrupts = result.said("guest: interrupts ").map { $0.split(separator: " ") }
            let inputs = interrupts.filter { $0[0].contains("input") }
            #expect(inputs.count == 2, "\(result)")
            for line in inputs { #expect(line.dropFirst().contains { $0 != "0" }, "\(line)") }
        }

        @Test("the guest and the interface agree on the packet size", arguments: rounds)
        func packetSize(_ name: String) {
            #expect(round(name).said("guest: mtu ") == ["4000"])
            #expect(round(name)["mtu"] == "4000")
        }

        @Test("the monitor tells what the guest wants to receive", arguments: rounds)
        func filter(_ name: String) throws {
            let card = try JSONValue(parsing: Array(round(name)["filter"].utf8))["return"]?.elements?.first
            #expect(card?["name"] == "net0")
            #expect(card?["promiscuous"] == false)
            #expect(card?["main-mac"] == "52:54:00:12:34:56")
            #expect(card?["unicast"] == "normal")
            let groups = card?["multicast-table"]?.elements?.compactMap(\.text) ?? []
            #expect(groups.contains("01:00:5e:00:00:01"), "\(groups)")
        }

        @Test("a transfer waits for a stopped machine, and for nothing afterwards", arguments: rounds)
        func pauses(_ name: String) {
            #expect(round(name)["cont"].contains("paused"))
            #expect(round(name)["fetched.paused"] == whole["up.sum"])
        }

        @Test("the link goes down and up again", arguments: rounds)
        func link(_ name: String) {
            #expect(!round(name)["down"].contains("error") && !round(name)["up"].contains("error"))
            #expect(round(name)["fetched.linked"] == whole["up.sum"])
        }

        @Test("the guest announces itself when it is asked to", arguments: rounds)
        func announces(_ name: String) {
            // 10.9.0.2
            #expect(round(name)["announced"] == "525400123456 0a090002", "\(round(name))")
        }

        @Test("each pair has a thread, which the monitor names, and with vhost-net one of the kernel's")
        func threads() throws {
            for name in Self.rounds {
                let threads = try JSONValue(parsing: Array(round(name)["threads"].utf8))["return"]?.elements
                let names = threads?.compactMap { $0["id"]?.text } ?? []
                #expect(names.contains("net0.0") && names.contains("net0.1"), "\(names)")
            }
            #expect(round("user")["places"] == "net0.0 0\nnet0.1 0")
            #expect(round("kernel")["places"] == "net0.0 0\nnet0.1 0\nvhost 0\nvhost 0")
        }
    }
}
