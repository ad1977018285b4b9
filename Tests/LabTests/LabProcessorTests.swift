// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import GuestKit
import Host
import Testing

extension LabEndToEnd {
    @Suite("The lab's machine")
    struct LabProcessorTests {
        // QEMU's emulated world switch is safe from its other threads only there.
        @Test("all its threads stay on one processor of the host")
        func staysOnOneProcessor() throws {
            let folder = try TemporaryFolder()
            let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
            var ends: [Int32] = [0, 0]
            let made = unsafe pipe(&ends)
            try #require(made == 0)
            let said = Descriptor(owning: ends[0])
            let lab = try LabBed.start(
                [
                    LabBed.program, "lab", "exec", "--output", folder.path, "--", "sh", "-c",
                    "echo started; exec sleep 600",
                ],
                [], [null.borrowed, ends[1], null.borrowed])
            // The lab's is the only one: a lab that ends without a word ends the wait.
            close(ends[1])
            let hasSpoken = Deadline(seconds: LabBed.limitSeconds).awaitInput(on: said.borrowed)
            let line = hasSpoken ? try said.read(upTo: 8) : []
            let machines = LabBed.processes(with: "path=\(folder.path)").filter { $0 != lab.identifier }
            let allowed = machines.flatMap { machine in
                Files.names(in: "/proc/\(machine)/task").flatMap { processors(of: "/proc/\(machine)/task/\($0)") }
            }
            lab.kill()
            _ = lab.wait()

            #expect(line == Array("started\n".utf8))
            #expect(allowed.count >= 4, "the machine has a thread for each processor, and its own")
            #expect(Set(allowed).count == 1 && allowed.allSatisfy { Int($0) != nil }, "\(allowed)")
        }

        /// What a thread's status says of the processors that it may use: one line.
        private func processors(of thread: String) -> [Substring] {
            guard let file = try? Descriptor(path: "\(thread)/status", flags: O_RDONLY),
                let bytes = try? file.read(upTo: 1 << 16)
            else { return [] }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                .filter { $0.hasPrefix("Cpus_allowed_list:") }.compactMap { $0.split(separator: "\t").last }
        }
    }
}
