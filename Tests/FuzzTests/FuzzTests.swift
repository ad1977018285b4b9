// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("Random tests, for a moment each")
struct FuzzTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../..")

    @Test("there is an entry for each parser and device")
    func entries() {
        #expect(FuzzProgram.entries.count >= 20)
        #expect(Set(FuzzProgram.entries).count == FuzzProgram.entries.count)
    }

    @Test("nothing traps, hangs or breaks a promise", arguments: FuzzProgram.entries)
    func entry(_ name: String) throws {
        let corpus = Self.root.appendingPathComponent("Fuzz/corpus").path

        let outcome = try FuzzProgram.run([name, "--seconds", "0.4", "--corpus", corpus])

        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test("a seed repeats a run", arguments: ["json", "virtio-pci"])
    func replay(_ name: String) throws {
        let corpus = Self.root.appendingPathComponent("Fuzz/corpus").path
        let arguments = [name, "--count", "3", "--seed", "7", "--from", "40", "--corpus", corpus]

        let outcome = try FuzzProgram.run(arguments)

        #expect(outcome.status == 0)
        #expect(outcome.output.hasPrefix("\(name): 3 iterations"))
        #expect(outcome.output.contains("seed 7"))
    }

    @Test(
        "what cannot be understood is refused",
        arguments: [[], ["nothing"], ["json", "--seed"], ["json", "--count", "x"]])
    func refusals(_ arguments: [String]) throws {
        #expect(try FuzzProgram.run(arguments).status == 64)
    }
}
