// SPDX-License-Identifier: Apache-2.0
import GuestKit
import Testing

/// The release build of `apus-vmm`, as a file.
@Suite(
    "The machine's program",
    .enabled(
        if: Environment.program("readelf") != nil && Files.isExecutable("\(EndToEndBed.build)/apus-vmm"),
        "binutils and the release build are needed"))
struct ProgramTests {
    private static func read(_ options: String) throws -> String {
        let output = try Tool.run("readelf", [options, "\(EndToEndBed.build)/apus-vmm"], package: "binutils")
        return String(decoding: output, as: UTF8.self)
    }

    @Test("it is a static position-independent executable, its stack is not executable")
    func isStatic() throws {
        let headers = try Self.read("-hldW")

        #expect(headers.contains("DYN (Position-Independent Executable file)"))
        for word in ["INTERP", "(NEEDED)", "(RUNPATH)", "(RPATH)", "(TEXTREL)"] {
            #expect(!headers.contains(word))
        }
        let stack = headers.split(separator: "\n").first { $0.contains("GNU_STACK") } ?? ""
        #expect(stack.contains(" RW ") && !stack.contains("E "))
    }

    @Test("neither Foundation nor Dispatch, nor Swift concurrency, nor regular expressions are in it")
    func isLean() throws {
        let names = try Self.read("-sW").split(separator: "\n").compactMap { $0.split(separator: " ").last }
        let prefixes = [
            "swift_task_", "swift_job_", "swift_asyncLet", "swift_taskGroup", "swift_continuation",
            "swift_defaultActor", "dispatch_", "_dispatch_", "$s10Foundation", "$s20FoundationEssentials",
            "$s8Dispatch", "$s17_StringProcessing",
        ]

        let unwanted = names.filter { name in prefixes.contains { name.hasPrefix($0) } }
        #expect(names.count > 1000, "the program has its symbols")
        #expect(unwanted == [])
    }
}
