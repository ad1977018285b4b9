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
            said = try result.clientAnswer()
        }

        @Test("the client's session ends with a machine that has powered off")
        func ends() {
            #expect(result.isOrderly && result.status() == 0, "\(result)")
        }

        @Test("queries describe the machine")
        func queries() {
            #expect(said["query-status"]?["status"] == "running")
            #expect(said["query-status"]?["running"] == true)
            #expect(said["query-version"]?["package"] == "apus-0.1")
            let disk = said["query-block"]?.elements?.first
            #expect(disk?["inserted"]?["ro"] == true)
            #expect(disk?["inserted"]?["image"]?["virtual-size"] == 4_194_304)
            #expect(said["query-cpus-fast"]?.elements?.count == 2)
            #expect(said["query-cpus-fast"]?.elements?.last?["cpu-index"] == 1)
            let commands = said["query-commands"]?.elements?.compactMap { $0["name"]?.text } ?? []
            for name in ["query-status", "stop", "cont", "system_reset", "system_powerdown", "quit"] {
                #expect(commands.contains(name))
            }
            #expect(said["error"] == "CommandNotFound")
        }

        @Test("a stopped machine says so, and goes on")
        func stops() {
            #expect(said["STOP"]?["event"] == "STOP")
            #expect(said["stopped"]?["status"] == "paused")
            #expect(said["stopped"]?["running"] == false)
            #expect(said["RESUME"]?["event"] == "RESUME")
            #expect(said["resumed"]?["status"] == "running")
        }

        @Test("a reset and a power-off are told with their cause")
        func tellsCauses() {
            #expect(said["RESET"]?["data"]?["guest"] == false)
            #expect(said["RESET"]?["data"]?["reason"] == "host-qmp-system-reset")
            #expect(said["SHUTDOWN"]?["data"]?["guest"] == true)
            #expect(said["SHUTDOWN"]?["data"]?["reason"] == "guest-shutdown")
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
