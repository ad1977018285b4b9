// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
    /// The standard guest, started by the BIOS and asked by its agent while it runs.
    @Suite("A guest's agent", .of(.agent))
    struct AgentTests {
        let result: ScenarioResult

        init() throws {
            result = try Scenario.agent.result()
            try #require(result.status() == 0 && result.isOrderly, "\(result)")
        }

        @Test("answers, and tells the guest's system and addresses")
        func tells() {
            #expect(result.status("ping.status") == 0, "\(result["ping.err"])")
            #expect(result["info.out"].contains("Debian GNU/Linux 12"), "\(result["info.err"])")
            #expect(result["info.out"].contains("apus-guest"))
            let cards = result["network.out"].split(separator: "\n")
            #expect(cards.contains { $0.hasPrefix("eth0  52:54:00:12:34:56  ") }, "\(result["network.out"])")
            #expect(cards.contains { $0.hasPrefix("lo ") && $0.contains("10.9.0.2/24") }, "\(result["network.out"])")
        }

        @Test("was started by SeaBIOS and GRUB, which spoke on the serial port, with all processors")
        func startsByFirmware() {
            #expect(result["console"].contains("SeaBIOS (version"))
            #expect(result["console"].contains("Booting `Debian'"))
            #expect(result["console"].contains("apus-guest login:"))
            let board = result["board.out"].split(separator: "\n")
            #expect(board.count == 3 && board[0] == "2" && board[1] == "Apus", "\(result["board.err"])")
            #expect(result["claims.out"] == "0")
        }

        @Test("runs commands, with their output and exit status")
        func runs() {
            #expect(result["exec.out"] == "out")
            #expect(result["exec.err"] == "err")
            #expect(result.status("exec.status") == 7)
            #expect(result.status("missing.status") == 125)
            #expect(result["missing.err"].contains("no-such-command"))
        }

        @Test("what cloud-init is given stands on the disk with its label")
        func findsSeed() {
            #expect(
                result["seed.out"]
                    == "#cloud-config\nruncmd: []\ninstance-id: \"standard\"\nlocal-hostname: \"standard\"",
                "\(result["seed.err"])")
        }

        @Test("under a freeze the disk has a clean file system, and afterwards the guest goes on")
        func freezes() {
            #expect(result.status("freeze.status") == 3, "\(result["freeze.err"])")
            #expect(result["features.running"].contains("needs_recovery"))
            #expect(result["features.frozen"].contains("has_journal"))
            #expect(!result["features.frozen"].contains("needs_recovery"))
            #expect(result["features.thawed"].contains("needs_recovery"))
            #expect(result["status.after.freeze.out"] == "thawed")
        }

        @Test("a freeze ends with its time-out and with a signal")
        func thaws() {
            #expect(result.status("timeout.status") == 124)
            #expect(result["status.after.timeout.out"] == "thawed")
            #expect(result.status("signal.status") == 143)
            #expect(result["status.after.signal.out"] == "thawed")
            #expect(result.status("write.again.status") == 0)
        }

        @Test("a machine that has gone is told")
        func tellsEnd() {
            #expect(result.status("gone.status") == 1)
            #expect(result["gone.err"].contains("agent.sock"))
        }
    }

    @Suite("cloud-init", .of(.cloudInit))
    struct CloudInitTests {
        @Test("does in the guest what the launcher was given for it")
        func followsOrders() throws {
            let result = try Scenario.cloudInit.result()

            #expect(result.status() == 0 && result.isOrderly, "\(result)")
            #expect(result.said("guest: ") == ["from-user-data by cloud-init standard"], "\(result)")
        }
    }
}
