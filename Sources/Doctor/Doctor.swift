// SPDX-License-Identifier: Apache-2.0

/// Says whether this host can run virtual machines.
package enum Doctor {
    /// Looks at everything. Takes under half a second and changes nothing.
    package static func examine() -> Examination {
        let kvm = KVMFindings.now()
        let emulator = HostChecks.emulator
        return Examination(
            checks: [HostChecks.processor] + kvm.checks + HostChecks.all + [emulator],
            verdict: verdict(kvm, hasEmulator: emulator.result == .pass, canConfine: canConfine))
    }

    /// Where machines can run: the part of `examine()` that decides it. Takes under 100 ms.
    package static func verdict() -> Verdict {
        verdict(KVMFindings.now(), hasEmulator: HostChecks.emulator.result == .pass, canConfine: canConfine)
    }

    private static var canConfine: Bool { HostChecks.seccomp.result == .pass }

    /// Where machines run when KVM is found like this. A right that is missing can be had for the asking, so that the
    /// lab, which is slow, is no answer to it.
    static func verdict(_ kvm: KVMFindings, hasEmulator: Bool, canConfine: Bool = true) -> Verdict {
        switch kvm.state {
        case .usable where !canConfine: .nowhere(reason: "the kernel's seccomp filters cannot kill a process")
        case .usable: .here
        case .noRight(let reason): .nowhere(reason: reason)
        case .unusable(let reason):
            hasEmulator
                ? .onlyInLab(reason: reason)
                : .nowhere(reason: "\(reason), and QEMU, which the lab needs, is not installed")
        }
    }
}
