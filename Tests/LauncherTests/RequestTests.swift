// SPDX-License-Identifier: Apache-2.0
import Configuration
import Testing

@testable import Launcher

@Suite("What apus run is asked for")
struct RequestTests {
    @Test("options and a document say the same")
    func sameThing() throws {
        let bench = try Workbench()
        var request = LaunchRequest()
        request.kernel = "/boot/vmlinuz"
        request.initrd = "/boot/initrd"
        request.commandLine = "console=ttyS0"
        request.memory = "1G"
        request.processors = "4,threads=2"
        request.disks = ["/srv/a.img,format=raw,serial=A1", "path=/srv/b.img,format=raw,readonly"]
        request.networks = ["tap=tap0", "user"]
        request.console = "socket=/run/console"
        request.channels = ["name=org.qemu.guest_agent.0,socket=/run/agent"]
        request.monitor = "/run/qmp"
        request.name = "web"
        request.mergeable = true
        request.debugExit = true
        let machine = try request.configuration()
        try bench.write("machine.json", machine.document)
        var other = LaunchRequest()
        other.document = bench.path("machine.json")

        #expect(try other.configuration() == machine)
        #expect(machine.memory.byteCount == 1 << 30)
        #expect(machine.disks.map(\.readOnly) == [false, true])
    }

    @Test("all mistakes of the options are told at once")
    func mistakes() {
        var request = LaunchRequest()
        request.disks = ["a.img", "b.img,format=qcow2"]
        request.networks = ["tapp=tap0"]

        let problems = #expect(throws: LaunchProblems.self) { try request.configuration() }

        #expect(problems?.problems.count == 4)
        #expect(problems?.problems.last?.remedy == "did you mean 'tap'?")
        #expect(problems?.exitCode == .usage)
    }

    @Test("a document stands alone")
    func alone() {
        var request = LaunchRequest()
        request.document = "machine.json"
        request.memory = "1G"

        let problems = #expect(throws: LaunchProblems.self) { try request.configuration() }

        #expect(problems?.exitCode == .usage)
    }

    @Test("a document's mistakes name the file and the place")
    func document() throws {
        let bench = try Workbench()
        try bench.write("machine.json", Array(#"{"boot": {"kernel": "/k"}, "memry": {}}"#.utf8))
        var request = LaunchRequest()
        request.document = bench.path("machine.json")

        let problems = #expect(throws: LaunchProblems.self) { try request.configuration() }

        #expect(problems?.problems.first?.object == "\(bench.path("machine.json")): memry")
        #expect(problems?.problems.first?.remedy == "did you mean 'memory'?")
        #expect(problems?.exitCode == .badInput)
    }
}
