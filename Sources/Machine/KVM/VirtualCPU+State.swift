// SPDX-License-Identifier: Apache-2.0
package import Board
internal import CMachine
package import Host

extension VirtualCPU {
    /// Says which processor the guest sees. Before the registers: KVM checks them against it.
    package func setCPUID(_ entries: [CPUIDEntry]) throws(SystemCallError) {
        let array = CountedArray(
            entries.map { entry in
                var result = kvm_cpuid_entry2()
                result.function = entry.function
                result.index = entry.index
                result.flags = entry.flags
                result.eax = entry.eax
                result.ebx = entry.ebx
                result.ecx = entry.ecx
                result.edx = entry.edx
                return result
            })
        try descriptor.control(CMACHINE_KVM_SET_CPUID2, "ioctl(KVM_SET_CPUID2)", with: array)
    }

    /// Sets model-specific registers by number.
    package func setModelRegisters(_ values: [(UInt32, UInt64)]) throws(SystemCallError) {
        let array = CountedArray(
            values.map { number, value in
                var entry = kvm_msr_entry()
                entry.index = number
                entry.data = value
                return entry
            })
        let count = try descriptor.control(CMACHINE_KVM_SET_MSRS, "ioctl(KVM_SET_MSRS)", with: array)
        guard count == values.count else { throw SystemCallError(call: "ioctl(KVM_SET_MSRS)", code: EINVAL) }
    }

    /// Gives the processor the registers it begins with.
    package func begin(with state: ProcessorState) throws(SystemCallError) {
        var system = kvm_sregs()
        try descriptor.control(CMACHINE_KVM_GET_SREGS, "ioctl(KVM_GET_SREGS)", with: &system)
        system.cs = Self.segment(state.cs)
        system.ds = Self.segment(state.ds)
        system.es = Self.segment(state.es)
        system.fs = Self.segment(state.fs)
        system.gs = Self.segment(state.gs)
        system.ss = Self.segment(state.ss)
        system.tr = Self.segment(state.tr)
        system.ldt = Self.segment(state.ldt)
        system.gdt.base = state.gdt.base
        system.gdt.limit = state.gdt.limit
        system.idt.base = state.idt.base
        system.idt.limit = state.idt.limit
        system.cr0 = state.cr0
        system.cr2 = 0
        system.cr3 = state.cr3
        system.cr4 = state.cr4
        system.efer = state.efer
        try descriptor.control(CMACHINE_KVM_SET_SREGS, "ioctl(KVM_SET_SREGS)", with: &system)
        var general = kvm_regs()
        general.rip = state.rip
        general.rsp = state.rsp
        general.rflags = state.rflags
        general.rax = state.rax
        general.rbx = state.rbx
        general.rsi = state.rsi
        try descriptor.control(CMACHINE_KVM_SET_REGS, "ioctl(KVM_SET_REGS)", with: &general)
    }

    /// Puts the processor where a reset leaves it; the first one runs, the others wait for a start-up message.
    package func reset(isFirst: Bool) throws(SystemCallError) {
        var events = kvm_vcpu_events()
        try descriptor.control(CMACHINE_KVM_SET_VCPU_EVENTS, "ioctl(KVM_SET_VCPU_EVENTS)", with: &events)
        var debug = kvm_debugregs()
        debug.dr6 = 0xffff_0ff0
        debug.dr7 = 0x400
        try descriptor.control(CMACHINE_KVM_SET_DEBUGREGS, "ioctl(KVM_SET_DEBUGREGS)", with: &debug)
        var floating = kvm_fpu()
        floating.fcw = 0x37f
        floating.mxcsr = 0x1f80
        try descriptor.control(CMACHINE_KVM_SET_FPU, "ioctl(KVM_SET_FPU)", with: &floating)
        try resetModelRegisters()
        var system = kvm_sregs()
        try descriptor.control(CMACHINE_KVM_GET_SREGS, "ioctl(KVM_GET_SREGS)", with: &system)
        // Out of x2APIC mode by way of off: KVM renews the identifier only when the APIC is turned on, and no start-up
        // message would reach a processor that kept the wide one. Bit 8 marks the processor that boots.
        for base: UInt64 in [0xfee0_0000, 0xfee0_0800] {
            system.apic_base = base | (isFirst ? 0x100 : 0)
            try descriptor.control(CMACHINE_KVM_SET_SREGS, "ioctl(KVM_SET_SREGS)", with: &system)
        }
        try resetLocalAPIC()
        var state = kvm_mp_state()
        state.mp_state = UInt32(isFirst ? KVM_MP_STATE_RUNNABLE : KVM_MP_STATE_UNINITIALIZED)
        try descriptor.control(CMACHINE_KVM_SET_MP_STATE, "ioctl(KVM_SET_MP_STATE)", with: &state)
    }

    /// The general registers, the control registers and the code segment, for a report about a stopped guest.
    package func registers() throws(SystemCallError) -> ProcessorReport {
        var general = kvm_regs()
        var system = kvm_sregs()
        try descriptor.control(CMACHINE_KVM_GET_REGS, "ioctl(KVM_GET_REGS)", with: &general)
        try descriptor.control(CMACHINE_KVM_GET_SREGS, "ioctl(KVM_GET_SREGS)", with: &system)
        return ProcessorReport(
            general: [
                ("rax", general.rax), ("rbx", general.rbx), ("rcx", general.rcx), ("rdx", general.rdx),
                ("rsi", general.rsi), ("rdi", general.rdi), ("rsp", general.rsp), ("rbp", general.rbp),
                ("r8", general.r8), ("r9", general.r9), ("r10", general.r10), ("r11", general.r11),
                ("r12", general.r12), ("r13", general.r13), ("r14", general.r14), ("r15", general.r15),
            ],
            control: [
                ("cr0", system.cr0), ("cr2", system.cr2), ("cr3", system.cr3), ("cr4", system.cr4),
                ("efer", system.efer), ("cs", UInt64(system.cs.selector)),
            ],
            instruction: general.rip, flags: general.rflags, codeBase: system.cs.base)
    }

    /// Returns the physical address behind one of the processor's linear addresses, if it is mapped.
    package func translate(_ linear: UInt64) -> GuestAddress? {
        var translation = kvm_translation()
        translation.linear_address = linear
        let result = try? descriptor.control(CMACHINE_KVM_TRANSLATE, "ioctl(KVM_TRANSLATE)", with: &translation)
        guard result != nil, translation.valid != 0 else { return nil }
        return GuestAddress(translation.physical_address)
    }

    // What a guest left here would let KVM write into its successor's memory: the paravirtual clock, asynchronous
    // page faults, steal time, end-of-interrupt; and the deadline timer.
    private func resetModelRegisters() throws(SystemCallError) {
        for number: UInt32 in [0x11, 0x12, 0x4b56_4d00, 0x4b56_4d01, 0x4b56_4d02, 0x4b56_4d03, 0x4b56_4d04, 0x6e0] {
            // A register that this KVM does not offer has nothing to forget.
            try? setModelRegisters([(number, 0)])
        }
        // Memory types: everything write-back, as firmware leaves it; MISC_ENABLE with fast strings.
        try? setModelRegisters([(0x2ff, 0x806)])
        try? setModelRegisters([(0x1a0, 1)])
    }

    // As after power on, with LINT0 taking the PIC's interrupts and LINT1 the NMI (Intel SDM vol. 3 §11.4.7.1).
    private func resetLocalAPIC() throws(SystemCallError) {
        var apic = kvm_lapic_state()
        try descriptor.control(CMACHINE_KVM_GET_LAPIC, "ioctl(KVM_GET_LAPIC)", with: &apic)
        unsafe withUnsafeMutableBytes(of: &apic) { bytes in
            for (offset, value) in Self.localAPICAfterReset {
                unsafe bytes.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
            }
            for bank in [0x100, 0x180, 0x200] {
                for index in 0..<8 {
                    unsafe bytes.storeBytes(of: 0, toByteOffset: bank + 16 * index, as: UInt32.self)
                }
            }
        }
        try descriptor.control(CMACHINE_KVM_SET_LAPIC, "ioctl(KVM_SET_LAPIC)", with: &apic)
    }

    /// Offsets and values: priorities and logical destination, the spurious vector, error, command, the local vector table, the timer.
    private static let localAPICAfterReset: [(Int, UInt32)] = [
        (0x80, 0), (0xd0, 0), (0xe0, 0xffff_ffff), (0xf0, 0xff), (0x280, 0), (0x300, 0), (0x310, 0),
        (0x320, 0x1_0000), (0x330, 0x1_0000), (0x340, 0x1_0000), (0x350, 0x700), (0x360, 0x400), (0x370, 0x1_0000),
        (0x380, 0), (0x3e0, 0),
    ]

    private static func segment(_ state: SegmentState) -> kvm_segment {
        var segment = kvm_segment()
        segment.base = state.base
        segment.limit = state.limit
        segment.selector = state.selector
        segment.type = state.type
        segment.present = state.isUsable ? 1 : 0
        segment.unusable = state.isUsable ? 0 : 1
        segment.s = state.isCodeOrData ? 1 : 0
        segment.l = state.isLong ? 1 : 0
        segment.db = state.is32Bit ? 1 : 0
        segment.g = state.hasPageGranularity ? 1 : 0
        return segment
    }
}
