// SPDX-License-Identifier: Apache-2.0
import Glibc
import GuestKit
import Host
import Testing

extension LabEndToEnd {
    @Suite("The lab on a terminal")
    struct LabTerminalTests {
        @Test("size changes, Ctrl-C and Ctrl-] do what they say, and the terminal is given back")
        func carriesTerminal() throws {
            let terminal = try PseudoTerminal(rows: 31, columns: 99)
            let before = terminal.flags
            let child = try start(terminal)
            defer { child.kill() }

            #expect(terminal.expect("# "), "\(terminal.seen)")
            #expect(terminal.flags != before, "raw mode")
            try terminal.type("stty size\r")
            #expect(terminal.expect("31 99"), "\(terminal.seen)")
            terminal.resize(rows: 40, columns: 120)
            kill(child.identifier, SIGWINCH)
            try terminal.type("until [ \"$(stty size)\" = '40 120' ]; do :; done; echo re''sized\r")
            #expect(terminal.expect("resized"), "\(terminal.seen)")
            try terminal.type("sh -c 'echo sleep''ing; exec sleep 1000'\r")
            #expect(terminal.expect("sleeping"), "\(terminal.seen)")
            try terminal.type("\u{3}")
            try terminal.type("echo status $((100 + $?))\r")
            #expect(terminal.expect("status 230"), "\(terminal.seen)")
            try terminal.type("\u{1d}\u{1d}")

            #expect(child.wait(atMost: LabBed.limitSeconds) == 128 + SIGKILL)
            #expect(terminal.flags == before)
        }

        @Test("the terminal is given back after a signal too", arguments: [SIGTERM, SIGHUP])
        func restoresAfterSignal(_ signal: Int32) throws {
            let terminal = try PseudoTerminal(rows: 24, columns: 80)
            let before = terminal.flags
            let script = "trap 'echo term''ed' TERM; echo rea''dy; sleep 1000 & while :; do wait; done"
            let child = try start(terminal, ["sh", "-c", script])
            defer { child.kill() }
            #expect(terminal.expect("ready"), "\(terminal.seen)")

            kill(child.identifier, signal)
            // The first SIGTERM is the command's; two merge while the first has not been taken.
            if signal == SIGTERM {
                #expect(terminal.expect("termed"), "\(terminal.seen)")
                kill(child.identifier, signal)
            }

            #expect(child.wait(atMost: LabBed.limitSeconds) == 128 + signal)
            #expect(terminal.flags == before)
        }

        private func start(_ terminal: PseudoTerminal, _ command: [String] = ["sh", "-i"]) throws -> ChildProcess {
            let number = terminal.slave.borrowed
            return try LabBed.start(
                [LabBed.program, "lab", "exec", "--"] + command, ["PS1=# "], [number, number, number])
        }
    }
}
