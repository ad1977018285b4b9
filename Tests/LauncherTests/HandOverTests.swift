// SPDX-License-Identifier: Apache-2.0
import Configuration
import DiskImage
import Glibc
import Host
import Testing

@testable import Launcher

/// The machine's process is a script here. Each test launches on a thread of its own: a machine lives no longer than
/// the thread that started it, and signals are taken from there.
@Suite("What the machine's process is handed")
struct HandOverTests {
    @Test("a configuration whose resources are descriptors that are open")
    func descriptors() throws {
        let bench = try Workbench()
        let program = try bench.program(
            """
            test "$1" = --config && cat <&$2 > \(bench.path("document"))
            for number in 0 1 2 3 4 5 6 7 8 9; do test -e /proc/$$/fd/$number && printf '%s ' $number; done \
            > \(bench.path("open"))
            readlink /proc/$$/fd/0 > \(bench.path("input"))
            """)
        let disk = try bench.disk("disk")
        let machine = bench.machine { machine in
            machine.disks = [disk]
            machine.monitor = .path(bench.path("qmp"))
            machine.name = "test"
        }

        #expect(try Launch.status(of: machine, program) == 0)

        let handed = try MachineConfiguration(document: Array(try bench.text("document").utf8), for: .machine)
        #expect(handed.name == "test")
        #expect(handed.kvm == .descriptor(4))
        #expect(handed.boot.kernel == .descriptor(5))
        #expect(handed.disks[0].source == .descriptor(6))
        #expect(handed.disks[0].label == bench.path("disk"))
        #expect(handed.monitor == .descriptor(7))
        #expect(handed.console == .file(.descriptor(8)))
        #expect(try bench.text("open") == "0 1 2 3 4 5 6 7 8 ")
        #expect(try bench.text("input") == "/dev/null\n")
    }

    @Test("sockets listen while it runs and are gone afterwards, stale ones replaced")
    func sockets() throws {
        let bench = try Workbench()
        var stale: CInt = -1
        do {
            // A socket file whose owner has died.
            let owner = try SocketFile(at: bench.path("qmp")) { stale = $0.release() }
            close(stale)
            unsafe _ = Unmanaged.passRetained(owner)
        }
        let program = try bench.program("test -S \(bench.path("qmp")) && test -S \(bench.path("agent")) && exit 7")
        let machine = bench.machine { machine in
            machine.monitor = .path(bench.path("qmp"))
            machine.channels = [ChannelConfiguration(name: "agent", socket: .path(bench.path("agent")))]
        }

        #expect(try Launch.status(of: machine, program) == 7)

        #expect(!bench.names.contains("qmp"))
        #expect(!bench.names.contains("agent"))
    }

    @Test("a disk that one machine uses is refused to another, and free afterwards")
    func busyDisk() throws {
        let bench = try Workbench()
        let disk = try bench.disk("disk")
        let machine = bench.machine { $0.disks = [disk] }
        let user = try Descriptor(path: bench.path("disk"), flags: O_RDWR)
        try ImageLock.take(user, isReadOnly: false)

        let problems = #expect(throws: LaunchProblems.self) { try Launch.status(of: machine, "/bin/true") }
        #expect(problems?.problems.first?.found.contains("busy") == true)

        _ = user.release()
    }

    /// How a machine's process ends, and what comes of it.
    struct Ending: Sendable, CustomTestStringConvertible {
        let script: String
        let status: Int32
        var testDescription: String { script }
    }

    @Test(
        "its exit status is passed on, a signal becomes 128 and its number",
        arguments: [
            Ending(script: "exit 0", status: 0), Ending(script: "exit 71", status: 71),
            Ending(script: "exit 255", status: 255), Ending(script: "kill -SYS $$", status: 128 + SIGSYS),
            Ending(script: "kill -KILL $$", status: 128 + SIGKILL),
        ])
    func ends(_ ending: Ending) throws {
        let bench = try Workbench()

        #expect(try Launch.status(of: bench.machine(), try bench.program(ending.script)) == ending.status)
    }

    @Test("a program that is not there is told, and nothing is left")
    func missingProgram() throws {
        let bench = try Workbench()
        let machine = bench.machine { $0.monitor = .path(bench.path("qmp")) }

        let problems = #expect(throws: LaunchProblems.self) { try Launch.status(of: machine, bench.path("none")) }

        #expect(problems?.exitCode == .internalError)
        #expect(!bench.names.contains("qmp"))
    }
}
