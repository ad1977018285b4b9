// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import DiskImage
import Glibc
import GuestKit
import Host
import Testing

@testable import Launcher

@Suite("Chains of disk images")
struct ChainTests {
    private static let byteCount: UInt64 = 1 << 20

    /// A folder with a raw image, a qcow2 image over it, and one over that.
    private static func bench() throws -> Workbench {
        let bench = try Workbench()
        _ = try bench.disk("base.img", byteCount: Int(byteCount))
        try make("middle.qcow2", over: "base.img", "raw", in: bench)
        try make("top.qcow2", over: "middle.qcow2", "qcow2", in: bench)
        return bench
    }

    private static func make(
        _ name: String, over backing: String?, _ format: String?, in bench: Workbench, folder: String? = nil
    ) throws {
        var options = Qcow2CreateOptions(byteCount: byteCount)
        options.backingFileName = backing
        options.backingFormat = format
        let path = folder.map { "\($0)/\(name)" } ?? bench.path(name)
        let file = try Descriptor(path: path, flags: O_RDWR | O_CREAT | O_TRUNC)
        _ = try Qcow2Image.create(on: try FileNode(owning: file, isReadOnly: false), options)
    }

    private static func machine(
        _ bench: Workbench, _ name: String = "top.qcow2", _ change: (inout MachineConfiguration) -> Void = { _ in }
    ) -> MachineConfiguration {
        bench.machine { machine in
            machine.disks = [DiskConfiguration(source: .path(bench.path(name)), format: .qcow2)]
            change(&machine)
        }
    }

    @Test("what the headers name is opened and handed over, layer by layer")
    func handOver() throws {
        let bench = try Self.bench()
        let program = try bench.program(
            """
            cat <&3 > \(bench.path("document"))
            for number in 6 7 8; do readlink /proc/$$/fd/$number; done > \(bench.path("open"))
            for number in 6 7 8; do grep flags /proc/$$/fdinfo/$number; done > \(bench.path("flags"))
            """)

        #expect(try Launch.status(of: Self.machine(bench), program) == 0)

        let handed = try MachineConfiguration(document: Array(try bench.text("document").utf8), for: .machine)
        let disk = try #require(handed.disks.first)
        #expect(disk.format == .qcow2)
        let layers = try #require(disk.backing)
        #expect(layers.map(\.format) == [.qcow2, .raw])
        let paths = try bench.text("open").split(separator: "\n").map(String.init)
        let numbers = [disk.source, layers[0].source, layers[1].source].map { source -> Int in
            if case .descriptor(let number) = source { Int(number) - 6 } else { -1 }
        }
        #expect(numbers.map { paths[$0] } == ["top.qcow2", "middle.qcow2", "base.img"].map(bench.path))
        // The last octal digit is the way of access: 0 to read, 2 for both.
        let access = try bench.text("flags").split(separator: "\n").map { $0.last }
        #expect(numbers.map { access[$0] } == ["2", "0", "0"])
    }

    private static func makeWithDataFile(_ name: String, _ dataFile: String, in bench: Workbench) throws {
        var options = Qcow2CreateOptions(byteCount: byteCount)
        options.dataFileName = dataFile
        let file = try Descriptor(path: bench.path(name), flags: O_RDWR | O_CREAT | O_TRUNC)
        let data = try Descriptor(path: bench.path("scratch"), flags: O_RDWR | O_CREAT | O_TRUNC)
        _ = try Qcow2Image.create(
            on: try FileNode(owning: file, isReadOnly: false),
            dataFile: try FileNode(owning: data, isReadOnly: false), options)
    }

    @Test("the data file that a header names is handed over, to be written")
    func dataFile() throws {
        let bench = try Self.bench()
        _ = try bench.disk("data", byteCount: Int(Self.byteCount))
        try #require(unsafe symlink("data", bench.path("link")) == 0)
        try Self.makeWithDataFile("x", "link", in: bench)
        let program = try bench.program(
            """
            for number in 6 7; do readlink /proc/$$/fd/$number; done > \(bench.path("open"))
            for number in 6 7; do grep flags /proc/$$/fdinfo/$number; done > \(bench.path("flags"))
            """)

        #expect(try Launch.status(of: Self.machine(bench, "x"), program) == 0)

        #expect(
            Set(try bench.text("open").split(separator: "\n").map(String.init)) == [
                bench.path("data"), bench.path("x"),
            ])
        #expect(try bench.text("flags").split(separator: "\n").allSatisfy { $0.last == "2" })
    }

    @Test("images that the configuration lists are opened wherever they are, whatever the header names")
    func listed() throws {
        let bench = try Self.bench()
        try Self.make("strange.qcow2", over: "/none/such", nil, in: bench)
        let program = try bench.program("cat <&3 > \(bench.path("document"))")
        let machine = Self.machine(bench, "strange.qcow2") { machine in
            machine.disks[0].backing = [LayerConfiguration(source: .path(bench.path("base.img")), format: .raw)]
        }

        #expect(try Launch.status(of: machine, program) == 0)

        let handed = try MachineConfiguration(document: Array(try bench.text("document").utf8), for: .machine)
        #expect(handed.disks[0].backing?.map(\.format) == [.raw])
    }

    /// A chain with one thing wrong, and what is said of it.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let name: String
        let found: String
        let make: @Sendable (Workbench) throws -> Void
    }

    static let mistakes: [Mistake] = [
        Mistake(testDescription: "a file that is no qcow2 image", name: "no", found: "does not begin as") {
            _ = try $0.disk("no")
        },
        Mistake(testDescription: "an empty file", name: "empty", found: "the file has 0") {
            _ = try $0.disk("empty", byteCount: 0)
        },
        Mistake(testDescription: "a backing image of a format nobody says", name: "x", found: "no format of it") {
            try make("x", over: "base.img", nil, in: $0)
        },
        Mistake(testDescription: "a backing image of a format that machines have not", name: "x", found: "'vmdk'") {
            try make("x", over: "base.img", "vmdk", in: $0)
        },
        Mistake(testDescription: "a backing image that is not there", name: "x", found: "No such file") {
            try make("x", over: "none", "raw", in: $0)
        },
        Mistake(testDescription: "a backing image in another folder", name: "x", found: "/etc/passwd, which is in none")
        { try make("x", over: "/etc/passwd", "raw", in: $0) },
        Mistake(testDescription: "a way out of the folder", name: "x", found: "which is in none of the folders") {
            try make("x", over: "../../etc/passwd", "raw", in: $0)
        },
        Mistake(testDescription: "a link out of the folder", name: "x", found: "/etc/passwd, which is in none") {
            try #require(unsafe symlink("/etc/passwd", $0.path("link")) == 0)
            try make("x", over: "link", "raw", in: $0)
        },
        Mistake(testDescription: "a backing image that is no path", name: "x", found: "what is no path") {
            try make("x", over: "nbd:host:1", "raw", in: $0)
        },
        Mistake(testDescription: "a name of two lines", name: "x", found: "control characters") {
            try make("x", over: "a\nb", "raw", in: $0)
        },
        Mistake(testDescription: "a chain that comes back", name: "x", found: "comes back to") {
            try make("x", over: "y", "qcow2", in: $0)
            try make("y", over: "x", "qcow2", in: $0)
        },
        Mistake(testDescription: "a broken image below", name: "x", found: "does not begin as") {
            try make("x", over: "base.img", "qcow2", in: $0)
        },
        Mistake(testDescription: "a data file in another folder", name: "x", found: "/etc/passwd, which is in none") {
            try makeWithDataFile("x", "/etc/passwd", in: $0)
        },
        Mistake(testDescription: "a data file that is a pipe", name: "x", found: "neither a file nor") {
            try #require(unsafe mkfifo($0.path("pipe"), 0o600) == 0)
            try makeWithDataFile("x", "pipe", in: $0)
        },
        Mistake(testDescription: "a backing image that is a device of characters", name: "x", found: "which is in none")
        {
            try make("x", over: "/dev/null", "raw", in: $0)
        },
    ]

    @Test("it is refused, and nothing is made", arguments: mistakes)
    func refuse(_ mistake: Mistake) throws {
        let bench = try Self.bench()
        try mistake.make(bench)
        let before = bench.names.sorted()

        let problems = #expect(throws: LaunchProblems.self) {
            try Launcher.run(Self.machine(bench, mistake.name), program: "/bin/false")
        }

        #expect(problems?.problems.count == 1)
        let problem = try #require(problems?.problems.first)
        #expect(problem.found.contains(mistake.found), "\(problem)")
        #expect(problem.exitCode == .badInput)
        #expect(bench.names.sorted() == before)
    }

    @Test("a folder that the user gives may have backing images")
    func folders() throws {
        let (bench, other) = (try Self.bench(), try Self.bench())
        try Self.make("x", over: other.path("top.qcow2"), "qcow2", in: bench)
        let program = try bench.program("exit 0")

        #expect(throws: LaunchProblems.self) { try Launcher.run(Self.machine(bench, "x"), program: program) }
        #expect(
            try Launch.status(of: Self.machine(bench, "x") { $0.imageFolders = [other.folder] }, program) == 0)
        let problems = #expect(throws: LaunchProblems.self) {
            try Launcher.run(Self.machine(bench, "x") { $0.imageFolders = ["/none"] }, program: program)
        }
        #expect(problems?.problems.first?.object == "/none")
    }

    @Test(
        "while a machine runs, QEMU's tools write none of its images, and read what it only reads",
        .enabled(if: Environment.program("qemu-io") != nil))
    func locks() throws {
        let bench = try Self.bench()
        // `-U` would leave the locks out; without it each refuses what the machine's process holds.
        let program = try bench.program(
            """
            for image in qcow2:top.qcow2 qcow2:middle.qcow2 raw:base.img; do
                file=\(bench.folder)/${image#*:}
                qemu-io -f ${image%%:*} -c 'write 0 512' $file >/dev/null 2>&1 && echo "$image was written"
            done > \(bench.path("written"))
            qemu-io -r -f qcow2 -c 'read 0 512' \(bench.path("middle.qcow2")) >/dev/null 2>&1 || exit 2
            qemu-io -r -f qcow2 -c 'read 0 512' \(bench.path("top.qcow2")) >/dev/null 2>&1 && exit 3
            exit 0
            """)

        #expect(try Launch.status(of: Self.machine(bench), program) == 0)

        #expect(try bench.text("written") == "")
    }

    @Test("two machines share a backing image, and none takes it for its own disk meanwhile")
    func sharing() throws {
        let bench = try Self.bench()
        try Self.make("other.qcow2", over: "middle.qcow2", "qcow2", in: bench)
        let first = Preparation(Self.machine(bench))
        first.inspectFiles()
        #expect(first.problems == [])

        let second = Preparation(Self.machine(bench, "other.qcow2"))
        second.inspectFiles()
        let writer = Preparation(Self.machine(bench, "middle.qcow2"))
        writer.inspectFiles()

        #expect(second.problems == [])
        #expect(writer.problems.map(\.exitCode) == [.hostUnable])
    }
}
