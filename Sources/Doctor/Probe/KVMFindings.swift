// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// What `/dev/kvm` is like.
struct KVMFindings: Equatable {
    /// Whether stock guests can run on it; the reasons are clauses.
    enum State: Equatable {
        case usable
        case noRight(reason: String)
        case unusable(reason: String)
    }

    static let path = "/dev/kvm"
    /// The only version that there is (KVM_GET_API_VERSION).
    private static let apiVersion = 12
    /// Hardware runs far more instructions in a second; back ends in software run fewer.
    static let hardwareInstructionsPerSecond: UInt64 = 50_000_000

    let state: State
    let checks: [Check]

    /// Opens the device and tries it.
    static func now() -> KVMFindings {
        do {
            let kvm = try Descriptor(path: path, flags: O_RDWR)
            return opened(kvm)
        } catch {
            return refused(error)
        }
    }

    private static func refused(_ error: SystemCallError) -> KVMFindings {
        let modules =
            "turn on virtualization in the firmware, or nested virtualization where this is a virtual "
            + "machine, and load kvm_intel or kvm_amd"
        switch error.code {
        case ENOENT, ENXIO, ENODEV:
            return KVMFindings(
                state: .unusable(reason: "KVM is not there"),
                checks: [Check("kvm-device", "KVM's device", .fail, "\(path): \(error.reason)", remedy: modules)])
        case EACCES, EPERM:
            return KVMFindings(
                state: .noRight(reason: "you have no right to \(path)"),
                checks: [
                    Check("kvm-device", "KVM's device", .pass, "\(path) is there"),
                    Check(
                        "kvm-access", "right to KVM", .fail, "\(error.reason)",
                        remedy: "join the group kvm (sudo usermod -aG kvm \"$USER\") and log in again"),
                ])
        default:
            return KVMFindings(
                state: .unusable(reason: "\(path) cannot be opened"),
                checks: [
                    Check("kvm-access", "right to KVM", .fail, "\(error)", remedy: "end who keeps KVM for itself")
                ])
        }
    }

    private static func opened(_ kvm: borrowing Descriptor) -> KVMFindings {
        var checks = [
            Check("kvm-device", "KVM's device", .pass, "\(path) is there"),
            Check("kvm-access", "right to KVM", .pass, "it can be opened"),
        ]
        let version = cmachine_ioctl(kvm.borrowed, CMACHINE_KVM_GET_API_VERSION, 0)
        guard version == apiVersion else {
            checks.append(
                Check(
                    "kvm-api", "KVM's version", .fail, "\(version)", remedy: "use a kernel with version \(apiVersion)"))
            return KVMFindings(state: .unusable(reason: "KVM has the unknown version \(version)"), checks: checks)
        }
        checks.append(Check("kvm-api", "KVM's version", .pass, "\(version)"))
        let (speed, speedReason) = speedCheck(kvm)
        let (capabilities, capabilityReason) = KVMCapabilities.check(kvm)
        checks += [speed, capabilities]
        let reason = speedReason ?? capabilityReason
        return KVMFindings(state: reason.map { .unusable(reason: $0) } ?? .usable, checks: checks)
    }

    private static func speedCheck(_ kvm: borrowing Descriptor) -> (Check, reason: String?) {
        let title = "KVM's speed"
        let remedy = "run machines in the lab (apus lab), or use a host with virtualization extensions"
        do {
            let rate = try SpeedProbe.instructionsPerSecond(kvm)
            let found = "\(rate / 1_000_000) million instructions in a second"
            if rate >= hardwareInstructionsPerSecond {
                return (Check("kvm-speed", title, .pass, "\(found): hardware"), nil)
            }
            return (
                Check("kvm-speed", title, .fail, "\(found): a back end in software", remedy: remedy),
                "KVM is a back end in software here"
            )
        } catch {
            return (
                Check("kvm-speed", title, .fail, "a tiny guest does not run: \(error)", remedy: remedy),
                "KVM does not run a tiny guest"
            )
        }
    }
}
