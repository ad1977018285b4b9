// SPDX-License-Identifier: Apache-2.0
import Glibc
import GuestKit
import Host

/// What one start of the lab left.
struct LabOutcome {
    let folder: String
    /// The exit status of the lab.
    let status: Int32
    /// What the lab said, on both outputs.
    let output: String

    /// Runs all scenarios of a batch.
    init(of batch: Batch) throws {
        folder = "\(EndToEndBed.results)/\(batch.rawValue)"
        try Tool.run("rm", ["-rf", folder], package: "coreutils")
        try Files.makeFolders(folder)
        let scenarios = "\(EndToEndBed.root)/Tests/EndToEnd/scenarios"
        let names = batch.scenarios.map(\.rawValue)
        let command = ["bash", "-c", "\(batch.preparation) && exec \"$@\"", "bash", "\(scenarios)/run"] + names
        let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
        let output = try Tool.memoryFile("output")
        // A kernel of the lab that hangs must fail its tests, not hold up all others.
        let child = try ChildProcess(
            path: Environment.program("timeout") ?? "/usr/bin/timeout",
            arguments: ["-k", "20", "\(batch.limitSeconds)"] + Self.placement(of: batch)
                + ["\(EndToEndBed.build)/apus", "lab", "exec"] + batch.options + ["--output", folder, "--"] + command,
            environment: Environment.all + (try Self.variables(of: batch)),
            descriptors: [null.borrowed, output.borrowed, output.borrowed])
        status = child.wait()
        self.output = String(
            decoding: try output.read(at: 0, count: Int(try output.status().byteCount)), as: UTF8.self)
    }

    /// A lab keeps to the processor that it starts on: two that run beside each other start on different ones.
    private static func placement(of batch: Batch) throws -> [String] {
        let allowed = try Tool.run("taskset", ["-cp", "\(getpid())"], package: "util-linux")
        let list =
            String(decoding: allowed, as: UTF8.self).split(separator: " ").last?.split { "-,\n".contains($0) } ?? []
        guard let first = list.first, let last = list.last, first != last else { return [] }
        switch batch {
        case .firstHalf: return ["taskset", "-c", String(first)]
        case .secondHalf: return ["taskset", "-c", String(last)]
        default: return []
        }
    }

    private static func variables(of batch: Batch) throws -> [String] {
        let client = QMPClientPackage.location
        return [
            "APUS_E2E_BUILD=\(EndToEndBed.build)", "APUS_E2E_KERNELS=\(try EndToEndBed.kernels())",
            "APUS_E2E_IMAGE=\(batch == .secondHalf ? StandardGuest.image ?? "" : "")",
            "APUS_E2E_CLOUD_IMAGE=\(batch == .cloudGuest ? StandardGuest.cloudImage ?? "" : "")",
            "APUS_E2E_PYTHON=\(client?.python ?? "")", "APUS_E2E_QMP=\(client?.folder ?? "")",
            "APUS_E2E_SHARE=\(SharedRoot.location ?? "")",
        ] + (batch == .cloudGuest ? ["APUS_E2E_LIMIT=\(batch.limitSeconds - 30)"] : [])
    }
}
