// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Glibc
import GuestKit
import Host
import Testing

@testable import Launcher

/// The launcher with a terminal of its own, as `apus run`; the machine's process is a script that runs no machine.
@Suite("apus run on a terminal", .enabled(if: Session.program != nil))
struct TerminalTests {
    @Test("keys reach the console and its output the terminal, and the terminal is as before at the end")
    func keys() throws {
        let bench = try Workbench()
        let session = try Session(bench, "\(Self.untilReady); head -c 3 <&6 >&6; echo bye >&6")
        let before = try session.terminal.mode()

        try session.expect("ready")
        #expect(try session.terminal.mode() != before)
        try session.terminal.type("a\u{1D}b")
        try session.expect("a\u{1D}b")
        try session.expect("bye")

        #expect(session.child.wait() == 0)
        #expect(try session.terminal.mode() == before)
    }

    @Test("Ctrl-] twice ends the machine")
    func leave() throws {
        let bench = try Workbench()
        let session = try Session(bench, "trap '' TERM; \(Self.untilReady); exec sleep 1000")
        let before = try session.terminal.mode()

        try session.expect("ready")
        try session.terminal.type("\u{1D}\u{1D}")

        #expect(session.child.wait() == ExitCode.ended.rawValue)
        #expect(try session.terminal.mode() == before)
    }

    @Test("the first SIGTERM presses the power button, the second ends the machine", arguments: [SIGTERM, SIGINT])
    func signals(signal: CInt) throws {
        let bench = try Workbench()
        let session = try Session(
            bench, "trap 'echo pressed >&6' TERM; \(Self.untilReady); while :; do read -r line <&6; done")
        let before = try session.terminal.mode()

        try session.expect("ready")
        kill(session.child.identifier, signal)
        try session.expect("pressed")
        kill(session.child.identifier, signal)

        #expect(session.child.wait() == ExitCode.ended.rawValue)
        #expect(try session.terminal.mode() == before)
    }

    @Test("SIGHUP presses the power button, and a machine that listens ends with its own code")
    func hangUp() throws {
        let bench = try Workbench()
        let session = try Session(
            bench, "trap 'exit 0' TERM; \(Self.untilReady); while :; do read -r line <&6; done")

        try session.expect("ready")
        kill(session.child.identifier, SIGHUP)

        #expect(session.child.wait() == 0)
    }

    @Test("a machine's process that is killed leaves the terminal as it was")
    func killed() throws {
        let bench = try Workbench()
        let session = try Session(bench, "\(Self.untilReady); kill -SYS $$")
        let before = try session.terminal.mode()

        #expect(session.child.wait() == 128 + SIGSYS)
        try session.expect("forbidden")
        #expect(try session.terminal.mode() == before)
    }

    @Test("the machine's process dies with the launcher")
    func death() throws {
        let bench = try Workbench()
        let session = try Session(bench, "trap '' TERM HUP; \(Self.untilReady); echo pid $$ done >&6; exec sleep 1000")
        try session.expect(" done")
        let identifier = try #require(session.number(after: "pid "))
        let watch = try Descriptor.watching(process: identifier)

        kill(session.child.identifier, SIGKILL)

        _ = session.child.wait()
        // Readable once the process has ended.
        var waited = pollfd(fd: watch.borrowed, events: Int16(POLLIN), revents: 0)
        #expect(unsafe poll(&waited, 1, 10_000) == 1)
    }

    /// Descriptor 6 is the console: /dev/kvm is 4 and the kernel 5.
    private static let untilReady = "echo ready >&6"
}
