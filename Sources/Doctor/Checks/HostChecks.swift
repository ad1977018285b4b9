// SPDX-License-Identifier: Apache-2.0
internal import GuestKit

/// What machines and the lab need of the host besides KVM.
enum HostChecks {
    /// In the order of the report.
    static var all: [Check] {
        [
            ring, seccomp, vhostNet, tun, userNetwork, hugePages, samePages, controlGroups, openFiles, lockedMemory,
        ]
    }

    /// The processor's virtualization extensions.
    static var processor: Check {
        let title = "CPU extensions"
        let flags = HostFile.text("/proc/cpuinfo").flatMap { text in
            text.split(separator: "\n").first { $0.hasPrefix("flags") }
        }
        for flag in ["vmx", "svm"] where flags?.split(separator: " ").contains(flag[...]) == true {
            return Check("cpu", title, .pass, flag == "vmx" ? "VT-x (vmx)" : "AMD-V (svm)")
        }
        return Check(
            "cpu", title, .fail, "neither vmx nor svm",
            remedy: "turn them on in the firmware, or turn on nested virtualization where this is a virtual machine")
    }

    /// QEMU, which emulates the lab.
    static var emulator: Check {
        let title = "QEMU for the lab"
        if let path = Environment.program("qemu-system-x86_64") { return Check("qemu", title, .pass, path) }
        return Check(
            "qemu", title, .warn, "qemu-system-x86_64 is not installed", remedy: "install the package qemu-system-x86")
    }
}
