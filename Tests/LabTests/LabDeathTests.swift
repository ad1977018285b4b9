// SPDX-License-Identifier: Apache-2.0
import Glibc
import GuestKit
import Host
import Testing

extension LabEndToEnd {
    @Suite("The end of a lab")
    struct LabDeathTests {
        @Test("killed at any point, it leaves no process and no file", arguments: 1...10)
        func leavesNothing(_ round: Int) throws {
            let folder = try TemporaryFolder()
            let runtime = "\(folder.path)/runtime"
            try Files.makeFolders(runtime)
            let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
            let delay = UInt32.random(in: 0...3_500_000)
            let before = files(in: runtime)
            let child = try LabBed.start(
                [
                    LabBed.program, "lab", "exec", "--scratch", "64M", "--output", "\(folder.path)/out", "--", "sleep",
                    "60",
                ],
                ["TMPDIR=\(runtime)", "XDG_RUNTIME_DIR=\(runtime)"], [null.borrowed, null.borrowed, null.borrowed])

            usleep(delay)
            child.kill()

            #expect(child.wait() == 128 + SIGKILL)
            #expect(isGone(folder.path), "killed after \(delay) µs: \(LabBed.processes(with: folder.path))")
            #expect(files(in: runtime) == before, "killed after \(delay) µs")
            #expect(Files.names(in: "\(folder.path)/out") == [])
        }

        private func files(in folder: String) -> [String] {
            Files.names(in: folder)
        }

        /// Whether no process with `marker` remains; the kernel takes a moment to take a machine's memory down.
        private func isGone(_ marker: String) -> Bool {
            for _ in 0..<5_000 {
                if LabBed.processes(with: marker).isEmpty { return true }
                usleep(1000)
            }
            return false
        }
    }
}
