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
        request.userData = "/srv/user"
        request.metaData = "/srv/meta"
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
        request.disks = ["a.img", "b.img,format=vmdk"]
        request.networks = ["tapp=tap0"]
        request.firmware = "efi"

        let problems = #expect(throws: LaunchProblems.self) { try request.configuration() }

        #expect(problems?.problems.count == 4)
        #expect(problems?.problems.last?.remedy == "did you mean 'tap'?")
        #expect(problems?.exitCode == .usage)
    }

    @Test("a machine with a disk and no kernel starts by the BIOS, one with neither not at all")
    func firmware() throws {
        var request = LaunchRequest()
        let problems = #expect(throws: LaunchProblems.self) { try request.configuration() }
        #expect(problems?.problems.map(\.found) == ["neither a kernel nor a disk to start from"])

        request.disks = ["a.img,format=raw,bootindex=2", "b.img,format=raw", "c.img,format=raw,bootindex=1"]
        let machine = try request.configuration()
        #expect(machine.boot == BootConfiguration(firmware: FirmwareConfiguration(kind: .bios)))
        #expect(machine.bootOrder == [2, 0, 1])
    }

    @Test("a kernel beside a firmware is refused, and what goes with a kernel alone")
    func kernelAndFirmware() throws {
        var request = LaunchRequest()
        request.kernel = "/vmlinuz"
        request.commandLine = "quiet"
        request.firmware = "uefi"
        let problems = #expect(throws: LaunchProblems.self) { try request.configuration() }
        #expect(problems?.problems.map(\.object).prefix(2) == ["--kernel", "--append"])

        request.kernel = nil
        request.commandLine = nil
        request.firmware = "bios,variables=v"
        let other = #expect(throws: LaunchProblems.self) { try request.configuration() }
        #expect(other?.problems.map(\.found) == ["a BIOS keeps no variables"])
    }

    @Test("what options say is told by the options' names, and as they were counted")
    func optionNames() throws {
        let bench = try Workbench()
        var request = LaunchRequest()
        request.kernel = bench.path("kernel")
        request.commandLine = String(repeating: "x", count: 2048)
        request.memory = "16"
        request.processors = "4,sockets=0"
        request.disks = ["a.img", "/dev/null,format=raw,serial=A", "/dev/null,format=raw,serial=A,queues=65"]
        request.networks = ["tap=a/b", "user,mac=01:00:00:00:00:01"]
        request.channels = ["name=a b,socket=/run/agent"]
        request.console = "socket=/run/agent"
        request.monitor = "/run/agent"
        request.name = ""

        let problems = #expect(throws: LaunchProblems.self) { try request.configuration() }

        let usage = problems?.problems.filter { $0.exitCode == .usage } ?? []
        #expect(
            usage.map(\.object) == [
                "--disk 'a.img'", "--name", "--cpus, sockets", "--cpus", "--memory", "--append", "--disk number 3",
                "--disk number 3, serial", "--disk number 3, queues", "--net number 1, tap", "--net number 2, mac",
                "--channel, name", "--channel, socket", "--qmp",
            ])
        #expect(usage.first { $0.object == "--memory" }?.found == "16 MiB")
        #expect(
            usage.first { $0.object == "--disk number 3" }?.found
                == "the image '/dev/null' is that of --disk number 2 already")
    }

    @Test("options, what they say and the files are told at once, and nothing twice")
    func allStages() throws {
        let bench = try Workbench()
        var request = LaunchRequest()
        request.kernel = bench.path("kernel")
        request.initrd = bench.path("none")
        request.memory = "much"
        request.disks = ["a.img", "\(bench.path("none.img")),format=raw"]
        request.name = ""

        let problems = #expect(throws: LaunchProblems.self) { try request.configuration() }

        #expect(
            problems?.problems.map(\.object) == [
                "--memory 'much'", "--disk 'a.img'", "--name", bench.path("none"), bench.path("none.img"),
            ])
        #expect(problems?.exitCode == .usage)
        #expect(problems?.problems.first { $0.object == bench.path("none") }?.found.contains("this initrd") == true)
    }

    @Test("a memory that cannot be read is not taken for too small a one")
    func unknownMemory() throws {
        let bench = try Workbench()
        _ = try bench.disk("initrd", byteCount: 600 << 20)
        var request = LaunchRequest()
        request.kernel = bench.path("kernel")
        request.initrd = bench.path("initrd")
        request.memory = "1.5G"

        let problems = #expect(throws: LaunchProblems.self) { try request.configuration() }

        #expect(problems?.problems.map(\.object) == ["--memory '1.5G'"])
    }

    @Test("an option that may be given once is refused the second time", arguments: ["--memory", "--config"])
    func twice(_ option: String) throws {
        let bench = try Workbench()
        var request = LaunchRequest()
        request.kernel = bench.path("kernel")
        let member = option == "--memory" ? \LaunchRequest.memory : \LaunchRequest.document
        request.take(["64M", "1M"], of: option, member)
        request.take([], of: "--name", \.name)
        request.take(["1"], of: "--cpus", \.processors)

        let problems = #expect(throws: LaunchProblems.self) { try request.configuration() }

        #expect(problems?.problems.first?.object == option)
        #expect(problems?.problems.first?.found == "it is given more than once")
        #expect(problems?.exitCode == .usage)
        #expect(request.name == nil && request.processors == "1")
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
