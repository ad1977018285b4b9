// SPDX-License-Identifier: Apache-2.0
import Configuration
import Glibc
import GuestKit
import Testing

@testable import Launcher

@Suite("What cloud-init is given", .enabled(if: SeedDisk.missingTool == nil, "mkfs.vfat or mcopy is missing"))
struct SeedTests {
    @Test("a read-only disk after the others, which holds the files under the label that cloud-init looks for")
    func handsDisk() throws {
        let bench = try Workbench()
        let disk = try bench.disk("disk")
        try bench.write("user", Array("#cloud-config\n".utf8))
        try bench.write("network", Array("version: 2\n".utf8))
        let program = try bench.program("cat <&3 > \(bench.path("document")); cat <&8 > \(bench.path("seed"))")
        let machine = bench.machine {
            $0.name = "my \"web\""
            $0.disks = [disk]
            $0.seed = SeedConfiguration(
                userData: .path(bench.path("user")), networkConfiguration: .path(bench.path("network")))
        }

        #expect(try Launch.status(of: machine, program) == 0)

        let handed = try MachineConfiguration(document: Array(try bench.text("document").utf8), for: .machine)
        #expect(handed.seed == nil)
        #expect(handed.disks.count == 2)
        #expect(handed.disks[1].readOnly)
        #expect(handed.disks[1].source == .descriptor(8))
        let seed = bench.path("seed")
        #expect(try read("user-data", from: seed) == "#cloud-config\n")
        #expect(
            try read("meta-data", from: seed)
                == "instance-id: \"my \\\"web\\\"\"\nlocal-hostname: \"my--web-\"\n")
        #expect(try read("network-config", from: seed) == "version: 2\n")
        let label = try Tool.run("blkid", ["-p", "-s", "LABEL", "-o", "value", seed], package: "util-linux")
        #expect(String(decoding: label, as: UTF8.self) == "cidata\n")
    }

    private func read(_ name: String, from disk: String) throws -> String {
        String(decoding: try Tool.run("mtype", ["-i", disk, "::\(name)"], package: "mtools"), as: UTF8.self)
    }

    @Test("files that are missing or too large are refused, all at once")
    func refuses() throws {
        let bench = try Workbench()
        _ = try bench.disk("large", byteCount: SeedConfiguration.maximumFileByteCount + 1)
        let machine = bench.machine {
            $0.seed = SeedConfiguration(userData: .path(bench.path("none")), metaData: .path(bench.path("large")))
        }
        let preparation = Preparation(machine)

        preparation.inspectFiles()

        #expect(preparation.problems.map(\.object) == [bench.path("none"), bench.path("large")])
        #expect(preparation.problems.allSatisfy { $0.exitCode == .badInput })
    }

    @Test(
        "user data that cloud-init does not know is a warning",
        arguments: [
            ("#cloud-config\n", false), ("#!/bin/sh\n", false), ("## template: jinja\n", false),
            ("Content-Type: multipart/mixed", false), ("\u{1F}", true), ("packages: [vim]\n", true), ("", true),
        ])
    func warns(_ text: String, _ isWarned: Bool) throws {
        let bench = try Workbench()
        try bench.write("user", Array(text.utf8))
        let preparation = Preparation(
            bench.machine { $0.seed = SeedConfiguration(userData: .path(bench.path("user"))) })

        preparation.inspectFiles()

        #expect(preparation.problems == [])
        #expect(preparation.warnings.isEmpty != isWarned)
    }

    @Test("meta-data without user data is refused by the option's name")
    func needsUserData() {
        var request = LaunchRequest()
        request.kernel = "/none"
        request.metaData = "/none"

        let problems = #expect(throws: LaunchProblems.self) { try request.configuration() }

        #expect(problems?.problems.contains { $0.object == "--user-data" } == true)
    }
}
