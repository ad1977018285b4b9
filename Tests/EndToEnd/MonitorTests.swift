// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

extension EndToEnd {
    /// PyPI's `qemu.qmp` drives a machine; each test looks at a part of what it was told.
    @Suite("The monitor", .of(.monitor))
    struct MonitorTests {
        let result: ScenarioResult
        let said: JSONValue

        init() throws {
            result = try Scenario.monitor.result()
            try #require(
                result.status("client.status") == 0,
                "\(result["client.err"])\n\(result["client.out"])\n\(result)")
            said = try JSONValue(parsing: Array(result["client.out"].utf8))
        }

        @Test("the client's session ends with a machine that has powered off")
        func ends() {
            #expect(result.isOrderly && result.status() == 0, "\(result)")
        }

        @Test("queries describe the machine")
        func queries() {
            #expect(said[key: "query-status"]?[key: "status"] == "running")
            #expect(said[key: "query-status"]?[key: "running"] == true)
            let disk = said[key: "query-block"]?.elements?.first
            #expect(disk?[key: "inserted"]?[key: "ro"] == true)
            #expect(disk?[key: "inserted"]?[key: "image"]?[key: "virtual-size"] == 4_194_304)
            #expect(said[key: "query-cpus-fast"]?.elements?.count == 2)
            #expect(said[key: "query-cpus-fast"]?.elements?.last?[key: "cpu-index"] == 1)
            let commands = said[key: "query-commands"]?.elements?.compactMap { $0[key: "name"]?.text } ?? []
            for name in ["query-status", "stop", "cont", "system_reset", "system_powerdown", "quit"] {
                #expect(commands.contains(name))
            }
            #expect(said[key: "error"] == "CommandNotFound")
        }

        @Test("a stopped machine says so, and goes on")
        func stops() {
            #expect(said[key: "STOP"]?[key: "event"] == "STOP")
            #expect(said[key: "stopped"]?[key: "status"] == "paused")
            #expect(said[key: "stopped"]?[key: "running"] == false)
            #expect(said[key: "RESUME"]?[key: "event"] == "RESUME")
            #expect(said[key: "resumed"]?[key: "status"] == "running")
        }

        @Test("a reset and a power-off are told with their cause")
        func tellsCauses() {
            #expect(said[key: "RESET"]?[key: "data"]?[key: "guest"] == false)
            #expect(said[key: "RESET"]?[key: "data"]?[key: "reason"] == "host-qmp-system-reset")
            #expect(said[key: "SHUTDOWN"]?[key: "data"]?[key: "guest"] == true)
            #expect(said[key: "SHUTDOWN"]?[key: "data"]?[key: "reason"] == "guest-shutdown")
            #expect(result.said("guest: up").count == 2, "the kernel came up again")
        }

        @Test("quit ends the machine, and is answered and told first")
        func quits() {
            #expect(result.status("quit.status") == 0)
            #expect(result["quit.out"].contains(#""QMP""#))
            #expect(result["quit.out"].contains(#""id""#))
            #expect(result["quit.out"].contains("host-qmp-quit"))
        }
    }
}
