// SPDX-License-Identifier: Apache-2.0
import Configuration
import Testing

@testable import Launcher

@Suite("The detour of a machine through the lab")
struct LabDetourTests {
    /// A part of a machine that the lab has not in common with the host.
    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (Workbench, inout MachineConfiguration) -> Void
        let object: String
    }

    static let refusals: [Refusal] = [
        Refusal(
            testDescription: "a monitor", change: { $1.monitor = .path($0.path("qmp")) }, object: "qmp"),
        Refusal(
            testDescription: "a channel",
            change: { $1.channels = [ChannelConfiguration(name: "a", socket: .path($0.path("agent")))] },
            object: "agent"),
        Refusal(
            testDescription: "a console's socket", change: { $1.console = .socket(.path($0.path("console.sock"))) },
            object: "console.sock"),
        Refusal(
            testDescription: "a TAP interface",
            change: { $1.networks = [NetworkConfiguration(attachment: .tap(name: "tap0"))] }, object: "tap0"),
        Refusal(testDescription: "huge pages", change: { $1.memory.hugePages = true }, object: "huge pages"),
    ]

    @Test("is refused to what would be the lab's own, with the way out", arguments: refusals)
    func refuses(_ refusal: Refusal) throws {
        let bench = try Workbench()
        let machine = bench.machine { refusal.change(bench, &$0) }

        let problems = #expect(throws: LaunchProblems.self) { try LabDetour(machine).check() }

        #expect(problems?.problems.count == 1)
        let problem = try #require(problems?.problems.first)
        #expect(problem.object.hasSuffix(refusal.object))
        #expect(problem.remedy.contains("apus lab exec -- bash"))
        #expect(problem.exitCode == .hostUnable)
    }

    @Test("a machine's files are looked at, without a host that can run it, and told with the rest")
    func looksAtFiles() throws {
        let bench = try Workbench()

        #expect(throws: Never.self) { try LabDetour(bench.machine { $0.kvm = .path("/none") }).check() }
        let problems = #expect(throws: LaunchProblems.self) {
            let machine = bench.machine {
                $0.boot.kernel = .path("/none")
                $0.memory.hugePages = true
            }
            try LabDetour(machine).check()
        }

        #expect(problems?.problems.map(\.object) == ["/none", "huge pages"])
    }

    @Test("the lab has the images that the machine writes as disks of its own, and the others as files")
    func handsWritableDisks() throws {
        let bench = try Workbench()
        let written = try bench.disk("written")
        var read = try bench.disk("read")
        read.readOnly = true
        let machine = bench.machine { $0.disks = [read, written] }

        #expect(LabDetour(machine).writableDisks == [written.displayName])
    }

    @Test("what is lost is named, and only what the machine has")
    func namesLosses() throws {
        let bench = try Workbench()
        var disk = try bench.disk("disk")
        let plain = bench.machine { $0.console = .terminal }
        let rich = bench.machine {
            $0.console = .file(.path("log"))
            $0.disks = [disk]
            $0.networks = [NetworkConfiguration(attachment: .user())]
        }
        disk.readOnly = true
        let reader = bench.machine {
            $0.console = .terminal
            $0.disks = [disk]
        }

        #expect(LabDetour(plain).losses == "")
        #expect(LabDetour(reader).losses == "")
        #expect(
            LabDetour(rich).losses
                == "lost at its end: what it writes to its disks and the console's file log; "
                + "its network reaches the lab alone")
    }
}
