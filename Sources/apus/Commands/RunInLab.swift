// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Doctor
internal import GuestKit
internal import Lab
internal import Launcher

/// The way of `apus run` round a KVM that cannot run stock guests.
enum RunInLab {
    /// What the lab's own system takes beside a machine.
    private static let ownByteCount: UInt64 = 1 << 30
    private static let leastByteCount: UInt64 = 2 << 30
    /// The exit status of a lab that failed.
    private static let labFailed: Int32 = 125

    /// Runs this very command in the lab where that is the only way, and returns its exit status; `nil` where the
    /// machine is to run here.
    static func execute(_ machine: MachineConfiguration) throws(LaunchProblems) -> Int32? {
        guard machine.kvm == nil, Environment.value("APUS_KVM") != "here", Environment.value("APUS_LAB") == nil,
            case .onlyInLab(let reason) = Doctor.verdict()
        else { return nil }
        let detour = LabDetour(machine)
        try detour.check()
        let losses = detour.losses
        Progress().say("run: \(reason): the machine runs in the lab\(losses.isEmpty ? "" : "; \(losses)")")
        do throws(GuestKitError) {
            let kit = GuestKit(cache: try CacheFolder())
            do throws(LabError) {
                return try Lab.execute(lab(for: machine, disks: detour.writableDisks), kit: kit)
            } catch {
                Progress().say("lab: \(error)")
                return error.exitStatus
            }
        } catch {
            Progress().say("lab: \(error)")
            return labFailed
        }
    }

    private static func lab(for machine: MachineConfiguration, disks: [String]) -> LabConfiguration {
        var lab = LabConfiguration(command: [Launcher.programPath] + CommandLine.arguments.dropFirst())
        lab.memoryByteCount = max(leastByteCount, machine.memory.byteCount + ownByteCount)
        // Further ones are copied when they are opened.
        lab.disks = Array(disks.prefix(LabConfiguration.maximumDiskCount))
        return lab
    }
}
