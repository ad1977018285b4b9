// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Host

/// What a machine needs of KVM beyond its first version (KVM_CHECK_EXTENSION).
enum KVMCapabilities {
    private static let needed: [(name: String, number: CInt)] = [
        ("IRQCHIP", KVM_CAP_IRQCHIP), ("USER_MEMORY", KVM_CAP_USER_MEMORY), ("SET_TSS_ADDR", KVM_CAP_SET_TSS_ADDR),
        ("EXT_CPUID", KVM_CAP_EXT_CPUID), ("MP_STATE", KVM_CAP_MP_STATE), ("IRQ_ROUTING", KVM_CAP_IRQ_ROUTING),
        ("IRQFD", KVM_CAP_IRQFD), ("PIT2", KVM_CAP_PIT2), ("IOEVENTFD", KVM_CAP_IOEVENTFD),
        ("SET_IDENTITY_MAP_ADDR", KVM_CAP_SET_IDENTITY_MAP_ADDR), ("ADJUST_CLOCK", KVM_CAP_ADJUST_CLOCK),
        ("VCPU_EVENTS", KVM_CAP_VCPU_EVENTS), ("XCRS", KVM_CAP_XCRS), ("SIGNAL_MSI", KVM_CAP_SIGNAL_MSI),
        ("TSC_DEADLINE_TIMER", KVM_CAP_TSC_DEADLINE_TIMER), ("IMMEDIATE_EXIT", KVM_CAP_IMMEDIATE_EXIT),
    ]

    static func check(_ kvm: borrowing Descriptor) -> (Check, reason: String?) {
        let number = kvm.borrowed
        let missing = needed.filter { capability in
            cmachine_ioctl(number, CMACHINE_KVM_CHECK_EXTENSION, UInt(bitPattern: Int(capability.number))) <= 0
        }
        let title = "KVM's capabilities"
        let processors = cmachine_ioctl(number, CMACHINE_KVM_CHECK_EXTENSION, UInt(KVM_CAP_MAX_VCPUS))
        guard missing.isEmpty else {
            let names = missing.map(\.name).joined(separator: ", ")
            return (
                Check("kvm-capabilities", title, .fail, "missing: \(names)", remedy: "use a newer kernel"),
                "KVM lacks \(names)"
            )
        }
        return (
            Check("kvm-capabilities", title, .pass, "all \(needed.count) are there, up to \(max(0, processors)) vCPUs"),
            nil
        )
    }
}
