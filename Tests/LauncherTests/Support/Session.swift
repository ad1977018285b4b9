// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Glibc
import GuestKit
import Host
import Testing

@testable import Launcher

/// `apus run` on a terminal of its own, with a script in the place of the machine's process.
final class Session {
    let terminal: PseudoTerminal
    let child: ChildProcess
    private(set) var output = ""

    /// The program under test, beside the tests.
    static var program: String? {
        let path = "\(MachineProgram.folderOfThisProgram)/apus"
        return unsafe access(path, X_OK) == 0 ? path : nil
    }

    init(_ bench: Workbench, _ script: String) throws {
        let terminal = try PseudoTerminal()
        let machine = bench.machine { $0.console = .terminal }
        try bench.write("machine.json", machine.document)
        child = try ChildProcess(
            path: try #require(Self.program), arguments: ["run", "--config", bench.path("machine.json")],
            environment: ["APUS_KVM=here", "APUS_VMM=\(try bench.program(script))", "PATH=/usr/bin:/bin"],
            descriptors: [terminal.far.borrowed, terminal.far.borrowed, terminal.far.borrowed], ownSession: true)
        self.terminal = terminal
    }

    deinit {
        child.kill()
    }

    /// Waits until the terminal has shown `text`.
    func expect(_ text: String) throws {
        while !output.contains(text) {
            var waited = pollfd(fd: terminal.near.borrowed, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&waited, 1, 20_000) == 1, let bytes = try terminal.near.read(upTo: 4096), !bytes.isEmpty
            else {
                Issue.record("the terminal never showed \(text), but \(output)")
                throw SystemCallError(call: "poll", code: ETIME)
            }
            output += String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The number that the terminal showed behind `text`.
    func number(after text: String) -> Int32? {
        let digits = output.split(separator: text).dropFirst().first?.prefix { $0.isNumber }
        return digits.flatMap { Int32($0) }
    }
}

extension Descriptor {
    /// A descriptor that becomes readable when the process ends.
    static func watching(process: Int32) throws -> Descriptor {
        let number = cmachine_process_descriptor(process)
        guard number >= 0 else { throw SystemCallError(call: "pidfd_open", code: CInt(-number)) }
        return Descriptor(owning: CInt(number))
    }
}
