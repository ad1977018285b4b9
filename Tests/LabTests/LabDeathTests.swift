// SPDX-License-Identifier: Apache-2.0
import GuestKit
import Testing

extension LabEndToEnd {
    @Suite("The end of a lab")
    struct LabDeathTests {
        // No sign is waited for: the points at which it is killed are any in the time that a lab takes to start.
        @Test("killed at any point, it leaves no process and no file", arguments: 1...10)
        func leavesNothing(_ round: Int) throws {
            let folder = try TemporaryFolder()
            let runtime = "\(folder.path)/runtime"
            try Files.makeFolders(runtime)
            let delay = UInt32.random(in: 0...3_500_000)

            let outcome = try OrphanWatch.kill(
                [
                    LabBed.program, "lab", "exec", "--scratch", "64M", "--output", "\(folder.path)/out", "--", "sleep",
                    "60",
                ],
                environment: ["TMPDIR=\(runtime)", "XDG_RUNTIME_DIR=\(runtime)"], afterMicroseconds: delay)

            #expect(outcome.status == 0, "killed after \(delay) µs: \(outcome.errors)")
            #expect(Files.names(in: runtime) == [], "killed after \(delay) µs")
            #expect(Files.names(in: "\(folder.path)/out") == [], "killed after \(delay) µs")
        }
    }
}
