// SPDX-License-Identifier: Apache-2.0
package import Board
internal import CMachine
package import Host

/// `/dev/kvm`: what the host's KVM can do, and where virtual machines come from.
package struct KVMSystem: ~Copyable, Sendable {
    private let descriptor: Descriptor
    /// Bytes of the structure that a vCPU shares with the kernel.
    let runByteCount: Int

    /// Takes over an open `/dev/kvm`.
    ///
    /// - Throws: `.version` unless it speaks API version 12, `.missing` for a capability that every machine needs.
    package init(owning descriptor: consuming Descriptor) throws(KVMError) {
        runByteCount = try Self.examine(descriptor)
        self.descriptor = descriptor
    }

    private static func examine(_ descriptor: borrowing Descriptor) throws(KVMError) -> Int {
        do {
            let version = try descriptor.control(CMACHINE_KVM_GET_API_VERSION, "ioctl(KVM_GET_API_VERSION)")
            guard version == 12 else { throw KVMError.version(version) }
            for (capability, name) in needed {
                let found = try descriptor.control(
                    CMACHINE_KVM_CHECK_EXTENSION, "ioctl(KVM_CHECK_EXTENSION)", argument: UInt(capability))
                guard found > 0 else { throw KVMError.missing(capability: name) }
            }
            return try descriptor.control(CMACHINE_KVM_GET_VCPU_MMAP_SIZE, "ioctl(KVM_GET_VCPU_MMAP_SIZE)")
        } catch let error as KVMError {
            throw error
        } catch let error as SystemCallError {
            throw .system(error)
        } catch {
            throw .version(0)
        }
    }

    private static let needed: [(Int32, String)] = [
        (KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP"), (KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY"),
        (KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID"), (KVM_CAP_IRQ_ROUTING, "KVM_CAP_IRQ_ROUTING"),
        (KVM_CAP_IRQFD, "KVM_CAP_IRQFD"), (KVM_CAP_IOEVENTFD, "KVM_CAP_IOEVENTFD"), (KVM_CAP_PIT2, "KVM_CAP_PIT2"),
        (KVM_CAP_SIGNAL_MSI, "KVM_CAP_SIGNAL_MSI"), (KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT"),
    ]

    /// Returns the value of a capability; 0 where it is missing.
    package borrowing func check(_ capability: Int32) -> Int {
        (try? descriptor.control(
            CMACHINE_KVM_CHECK_EXTENSION, "ioctl(KVM_CHECK_EXTENSION)", argument: UInt(capability))) ?? 0
    }

    /// The CPUID leaves that KVM and the host's processor can give a guest.
    package borrowing func supportedCPUID() throws(SystemCallError) -> [CPUIDEntry] {
        let array = CountedArray<kvm_cpuid_entry2>([], capacity: 256)
        try descriptor.control(CMACHINE_KVM_GET_SUPPORTED_CPUID, "ioctl(KVM_GET_SUPPORTED_CPUID)", with: array)
        return array.elements.map {
            CPUIDEntry(
                function: $0.function, index: $0.index, flags: $0.flags, eax: $0.eax, ebx: $0.ebx, ecx: $0.ecx,
                edx: $0.edx)
        }
    }

    /// Makes a virtual machine without memory or vCPUs.
    package borrowing func makeMachine() throws(SystemCallError) -> VirtualMachine {
        let number = try descriptor.control(CMACHINE_KVM_CREATE_VM, "ioctl(KVM_CREATE_VM)")
        return VirtualMachine(owning: Descriptor(owning: CInt(number)), runByteCount: runByteCount)
    }
}
