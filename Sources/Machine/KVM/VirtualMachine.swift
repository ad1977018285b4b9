// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import CMachine
package import Host

/// A virtual machine of KVM: its memory slots, interrupt controllers and event descriptors.
///
/// Any thread may call; the kernel orders the calls.
package final class VirtualMachine: Sendable {
    let descriptor: Descriptor
    private let runByteCount: Int

    init(owning descriptor: consuming Descriptor, runByteCount: Int) {
        self.descriptor = descriptor
        self.runByteCount = runByteCount
    }

    /// Shows the guest its RAM.
    package func map(_ memory: GuestMemory) throws(SystemCallError) {
        try setRegion(slot: 0, at: 0, byteCount: memory.lowByteCount, host: memory.hostBase)
        try mapHighMemory(of: memory)
    }

    /// Shows the guest its RAM above 4 GiB, where it has any.
    func mapHighMemory(of memory: GuestMemory) throws(SystemCallError) {
        guard memory.highByteCount > 0 else { return }
        try setRegion(
            slot: 1, at: GuestMemory.highStart.rawValue, byteCount: memory.highByteCount,
            host: memory.hostBase + memory.lowByteCount)
    }

    /// Makes the interrupt controllers and the timer, in the kernel; before the first vCPU.
    package func makeInterruptControllers() throws(SystemCallError) {
        var identityMap = AddressMap.kvmIdentityMap.start
        try descriptor.control(
            CMACHINE_KVM_SET_IDENTITY_MAP_ADDR, "ioctl(KVM_SET_IDENTITY_MAP_ADDR)", with: &identityMap)
        try descriptor.control(
            CMACHINE_KVM_SET_TSS_ADDR, "ioctl(KVM_SET_TSS_ADDR)", argument: UInt(AddressMap.kvmTaskState.start))
        try descriptor.control(CMACHINE_KVM_CREATE_IRQCHIP, "ioctl(KVM_CREATE_IRQCHIP)")
        var timer = kvm_pit_config()
        // Port 0x61 is the timer's too; without this its reads would exit.
        timer.flags = UInt32(KVM_PIT_SPEAKER_DUMMY)
        try descriptor.control(CMACHINE_KVM_CREATE_PIT2, "ioctl(KVM_CREATE_PIT2)", with: &timer)
    }

    /// Makes vCPU `index`, which is also its APIC id's owner.
    package func makeProcessor(apicID: UInt32) throws(SystemCallError) -> VirtualCPU {
        let number = try descriptor.control(
            CMACHINE_KVM_CREATE_VCPU, "ioctl(KVM_CREATE_VCPU)", argument: UInt(apicID))
        return try VirtualCPU(owning: Descriptor(owning: CInt(number)), runByteCount: runByteCount)
    }

    /// Drives an input of the interrupt controllers.
    package func setLine(_ interrupt: UInt32, isHigh: Bool) throws(SystemCallError) {
        var level = cmachine_irq_level(irq: interrupt, level: isHigh ? 1 : 0)
        try descriptor.control(CMACHINE_KVM_IRQ_LINE, "ioctl(KVM_IRQ_LINE)", with: &level)
    }

    /// Replaces all routes from interrupt numbers (GSIs) to pins and messages.
    package func setRoutes(_ routes: [InterruptRoute]) throws(SystemCallError) {
        try descriptor.control(
            CMACHINE_KVM_SET_GSI_ROUTING, "ioctl(KVM_SET_GSI_ROUTING)", with: CountedArray(routes.map(\.kernelRoute)))
    }

    /// Lets a signal of `event` raise an interrupt without any exit, or ends that.
    package func setInterruptEvent(
        _ event: CInt, interrupt: UInt32, isAssigned: Bool
    ) throws(SystemCallError) {
        var request = kvm_irqfd()
        request.fd = UInt32(event)
        request.gsi = interrupt
        request.flags = isAssigned ? 0 : CMACHINE_IRQFD_DEASSIGN
        try descriptor.control(CMACHINE_KVM_IRQFD, "ioctl(KVM_IRQFD)", with: &request)
    }

    /// Lets a write of any value at a guest address signal `event` without an exit to user space, or ends that.
    package func setNotification(
        _ event: CInt, at address: UInt64, isAssigned: Bool
    ) throws(SystemCallError) {
        var request = kvm_ioeventfd()
        request.addr = address
        request.fd = event
        request.flags = isAssigned ? 0 : CMACHINE_IOEVENTFD_DEASSIGN
        try descriptor.control(CMACHINE_KVM_IOEVENTFD, "ioctl(KVM_IOEVENTFD)", with: &request)
    }

    /// Lets writes of one byte to a port wait in the kernel until the next exit (`KVM_CAP_COALESCED_PIO`).
    package func deferWrites(toPort port: UInt16) throws(SystemCallError) {
        var zone = cmachine_coalesced_zone(address: UInt64(port), size: 1, is_port: 1)
        try descriptor.control(
            CMACHINE_KVM_REGISTER_COALESCED_MMIO, "ioctl(KVM_REGISTER_COALESCED_MMIO)", with: &zone)
    }

    /// Puts memory of this process before the guest, or takes a slot's away where `byteCount` is 0.
    ///
    /// - Parameter isReadOnly: The guest's writes exit, as to an address without memory.
    func setRegion(
        slot: UInt32, at address: UInt64, byteCount: UInt64, host: UInt64, isReadOnly: Bool = false
    ) throws(SystemCallError) {
        var region = kvm_userspace_memory_region()
        region.slot = slot
        region.flags = isReadOnly ? CMACHINE_KVM_MEM_READONLY : 0
        region.guest_phys_addr = address
        region.memory_size = byteCount
        region.userspace_addr = host
        try descriptor.control(
            CMACHINE_KVM_SET_USER_MEMORY_REGION, "ioctl(KVM_SET_USER_MEMORY_REGION)", with: &region)
    }
}
