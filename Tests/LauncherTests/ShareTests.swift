// SPDX-License-Identifier: Apache-2.0
import Configuration
import Glibc
import Host
import Testing

@testable import Launcher

@Suite("Shares of a machine to be started")
struct ShareTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    private func prepare(_ share: ShareConfiguration) -> Preparation {
        let preparation = Preparation(bench.machine { $0.shares = [share] })
        preparation.inspectFiles()
        return preparation
    }

    @Test("the directory is handed over as a place, with what becomes of owners")
    func handedOver() throws {
        let preparation = prepare(ShareConfiguration(tag: "a", source: .path(bench.folder)))

        #expect(preparation.problems == [])
        let share = try #require(preparation.machine.shares.first)
        #expect(share.owners == (geteuid() == 0 ? .passthrough : .squash))
        guard case .descriptor = share.source else {
            Issue.record("a path is handed over")
            return
        }
        let null = try Descriptor(path: "/dev/null", flags: O_RDONLY)
        let number = try #require(preparation.table.numbers(null: null, configuration: null).last)
        #expect(fcntl(number, F_GETFL) & 0o10000000 != 0, "it is more than a place")
    }

    @Test("a directory that is none, or not there, is refused", arguments: ["kernel", "none"])
    func refused(name: String) {
        let problems = prepare(ShareConfiguration(tag: "a", source: .path(bench.path(name)))).problems

        #expect(problems.map(\.object) == [bench.path(name)])
        #expect(problems.first?.exitCode == .badInput)
    }

    @Test("mapped owners want a file system that keeps attributes")
    func mapped() {
        let share = ShareConfiguration(tag: "a", source: .path("/proc"), readOnly: true, owners: .mapped)

        #expect(prepare(share).problems.first?.found.contains("extended attributes") == true)
    }

    @Test("in the lab what is written to a share is lost, and said to be")
    func lab() {
        let share = ShareConfiguration(tag: "a", source: .path(bench.folder))
        #expect(LabDetour(bench.machine { $0.shares = [share] }).losses.contains("what it writes to its shares"))
        let reading = ShareConfiguration(tag: "a", source: .path("/"), readOnly: true)
        #expect(!LabDetour(bench.machine { $0.shares = [reading] }).losses.contains("shares"))
    }
}
