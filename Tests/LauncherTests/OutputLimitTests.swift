// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Glibc
import GuestKit
import Host
import Testing

@testable import Launcher

/// `apus run` with its output in a file; the machine's process is a script that runs no machine.
@Suite("apus run into a file", .enabled(if: Session.program != nil))
struct OutputLimitTests {
    @Test("a file that may grow no more presses the power button, and kills nobody")
    func limited() throws {
        let bench = try Workbench()
        let machine = bench.machine { $0.console = .terminal }
        try bench.write("machine.json", machine.document)
        // Descriptor 6 is the console: /dev/kvm is 4 and the kernel 5.
        let script = try bench.program(
            "trap 'exit 9' TERM; head -c 60000 /dev/zero >&6; while :; do read -r line <&6; done")
        let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
        let errors = try MemoryFile.make("errors")

        // In blocks of 512 bytes: more than the configuration takes, less than the console says.
        let launch = "\(try #require(Session.program)) run --config \(bench.path("machine.json"))"
        let command = "ulimit -f 16; exec \(launch) > \(bench.path("output"))"
        let child = try ChildProcess(
            path: "/bin/sh", arguments: ["-c", command],
            environment: ["APUS_KVM=here", "APUS_VMM=\(script)", "PATH=/usr/bin:/bin"],
            descriptors: [null.borrowed, null.borrowed, errors.borrowed], ownSession: true)

        #expect(child.wait() == 9)
        let said = String(decoding: try errors.read(at: 0, count: 4096), as: UTF8.self)
        #expect(said.contains("power button pressed"), "\(said)")
        #expect(try bench.text("output").utf8.count == 16 * 512)
    }
}
