// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Glibc
import Host
import Testing

@testable import Launcher

@Suite("What keeps a machine from being started")
struct RefusalTests {
    /// A machine with one thing wrong, and what is said about it.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (Workbench, inout MachineConfiguration) throws -> Void
        let object: String
        let found: String
        let exitCode: ExitCode
    }

    static let mistakes: [Mistake] = [
        Mistake(
            testDescription: "a kernel that is not there",
            change: { $1.boot.kernel = .path($0.path("none")) }, object: "none", found: "No such file",
            exitCode: .badInput),
        Mistake(
            testDescription: "a kernel that is a folder", change: { $1.boot.kernel = .path($0.folder) },
            object: "", found: "no regular file", exitCode: .badInput),
        Mistake(
            testDescription: "a kernel that is none",
            change: { bench, machine in
                try bench.write("text", Array("hello, world".utf8))
                machine.boot.kernel = .path(bench.path("text"))
            }, object: "text", found: "not a kernel", exitCode: .badInput),
        Mistake(
            testDescription: "a kernel that was cut",
            change: { bench, machine in
                try bench.write("cut", Array(Workbench.kernel.prefix(100)))
                machine.boot.kernel = .path(bench.path("cut"))
            }, object: "cut", found: "truncated", exitCode: .badInput),
        Mistake(
            testDescription: "an initrd that is not there",
            change: { $1.boot.initrd = .path($0.path("none")) }, object: "none", found: "this initrd cannot",
            exitCode: .badInput),
        Mistake(
            testDescription: "an initrd that does not fit into the memory",
            change: { bench, machine in
                _ = try bench.disk("initrd", byteCount: 64 << 20)
                machine.boot.initrd = .path(bench.path("initrd"))
                machine.memory.byteCount = 32 << 20
            }, object: "kernel", found: "MiB of memory", exitCode: .badInput),
        Mistake(
            testDescription: "no KVM", change: { $1.kvm = .path($0.path("kvm")) }, object: "kvm",
            found: "KVM is not there", exitCode: .hostUnable),
        Mistake(
            testDescription: "a disk that is not there",
            change: { $1.disks = [DiskConfiguration(source: .path($0.path("none")), format: .raw)] },
            object: "none", found: "no such disk", exitCode: .badInput),
        Mistake(
            testDescription: "a disk of no sector", change: { $1.disks = [try $0.disk("tiny", byteCount: 511)] },
            object: "tiny", found: "too small", exitCode: .badInput),
        Mistake(
            testDescription: "a disk of part of a sector",
            change: { $1.disks = [try $0.disk("odd", byteCount: 1025)] }, object: "odd", found: "whole number",
            exitCode: .badInput),
        Mistake(
            testDescription: "a disk that is a device of characters",
            change: { $1.disks = [DiskConfiguration(source: .path("/dev/null"), format: .raw)] },
            object: "/dev/null", found: "neither a file nor a block device", exitCode: .badInput),
        Mistake(
            testDescription: "one disk under two names",
            change: { bench, machine in
                machine.disks = [try bench.disk("disk"), try bench.disk("disk")]
                _ = unsafe link(bench.path("disk"), bench.path("twin"))
                machine.disks[1].source = .path(bench.path("twin"))
            }, object: "twin", found: "same image", exitCode: .badInput),
        Mistake(
            testDescription: "a TAP interface that is not there",
            change: { $1.networks = [NetworkConfiguration(attachment: .tap(name: "apus-no-tap"))] },
            object: "apus-no-tap", found: "no TAP interface", exitCode: .hostUnable),
        Mistake(
            testDescription: "a socket in the place of a file",
            change: { $1.monitor = .path($0.path("kernel")) }, object: "kernel", found: "no socket",
            exitCode: .badInput),
        Mistake(
            testDescription: "a socket in a folder that is not there",
            change: { $1.monitor = .path($0.path("none/qmp")) }, object: "none/qmp", found: "nothing can be made",
            exitCode: .hostUnable),
        Mistake(
            testDescription: "a console in a folder that is not there",
            change: { $1.console = .file(.path($0.path("none/console"))) }, object: "none/console",
            found: "nothing can be made", exitCode: .hostUnable),
    ]

    @Test("is told with its object, and nothing is made", arguments: mistakes)
    func refuse(_ mistake: Mistake) throws {
        let bench = try Workbench()
        var machine = bench.machine()
        try mistake.change(bench, &machine)
        let before = bench.names.sorted()

        let problems = #expect(throws: LaunchProblems.self) { try Launcher.run(machine, program: "/bin/false") }

        let problem = try #require(problems?.problems.first)
        #expect(problem.object.hasSuffix(mistake.object))
        #expect(problem.found.contains(mistake.found), "\(problem)")
        #expect(!problem.remedy.isEmpty)
        #expect(problem.exitCode == mistake.exitCode)
        #expect(bench.names.sorted() == before)
    }

    @Test("all of it is told at once, and the first decides the exit code")
    func several() throws {
        let bench = try Workbench()
        let machine = bench.machine { machine in
            machine.kvm = .path(bench.path("kvm"))
            machine.boot.kernel = .path(bench.path("none"))
            machine.monitor = .path(bench.path("none/qmp"))
        }

        let problems = #expect(throws: LaunchProblems.self) { try Launcher.run(machine, program: "/bin/false") }

        #expect(problems?.problems.count == 3)
        #expect(problems?.exitCode == .hostUnable)
    }

    @Test("a socket that somebody listens on is left alone")
    func busySocket() throws {
        let bench = try Workbench()
        var listener: CInt = -1
        let owner = try SocketFile(at: bench.path("qmp")) { listener = $0.release() }
        defer { close(listener) }

        let problem = SocketFile.problem(at: bench.path("qmp"))

        #expect(problem?.found == "somebody listens on this socket")
        #expect(problem?.exitCode == .hostUnable)
        withExtendedLifetime(owner) {}
    }

    @Test("of launchers that start at once on one path, a stale socket's too, one gets it and the others are refused")
    func racingSockets() throws {
        let bench = try Workbench()
        for round in 0..<100 {
            let race = SocketRace(path: bench.path("qmp"), leavesStale: round % 2 == 0)
            try race.start(threads: 3)
            race.finish()

            #expect(race.winners == 1, "round \(round)")
            #expect(race.refusals.allSatisfy { $0 == "somebody listens on this socket" }, "\(race.refusals)")
            #expect(race.isReachable)
            race.end()
            if !race.leavesStale { #expect(!bench.names.contains("qmp")) }
        }
    }

    @Test("a socket that another launcher is about to listen on is not taken for a stale one")
    func unfinishedSocket() throws {
        let bench = try Workbench()
        let path = bench.path("qmp")
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        try #require(number >= 0)
        let other = Descriptor(owning: number)
        let race = SocketRace(path: path, leavesStale: false)
        do {
            let lock = try FolderLock(bench.folder)
            try SystemCallError.check(unsafe cmachine_unix_bind(other.borrowed, path), "bind")
            try race.start(threads: 1)
            // Long enough for a launcher that does not wait; one that does makes nothing of it.
            _ = poll(nil, 0, 100)
            #expect(race.winners == 0)
            try #require(listen(other.borrowed, 1) == 0)
            _ = consume lock
        }
        race.finish()

        #expect(race.winners == 0)
        #expect(race.refusals == ["somebody listens on this socket"])
        #expect(SocketFile.problem(at: path)?.found == "somebody listens on this socket")
    }

    @Test("a folder that another program keeps locked is not waited for without end")
    func lockedFolder() throws {
        let bench = try Workbench()
        let holder = try Descriptor(path: bench.folder, flags: O_RDONLY | O_DIRECTORY)
        try #require(flock(holder.borrowed, LOCK_EX) == 0)

        let problem = #expect(throws: LaunchProblem.self) { _ = try FolderLock(bench.folder, attempts: 2) }

        #expect(problem?.found.contains("locked") == true)
        try #require(flock(holder.borrowed, LOCK_UN) == 0)
        #expect(throws: Never.self) { _ = try FolderLock(bench.folder, attempts: 1) }
    }
}
