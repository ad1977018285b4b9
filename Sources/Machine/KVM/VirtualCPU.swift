// SPDX-License-Identifier: Apache-2.0
internal import CMachine
package import Host

/// A vCPU of KVM and the page it shares with the kernel.
///
/// `@unchecked Sendable`: all calls but `requestExit()` belong to the vCPU's own thread, or to another while
/// that thread has not started or rests; `requestExit()` is one atomic byte.
@safe package final class VirtualCPU: @unchecked Sendable {
    let descriptor: Descriptor
    private let mapping: Mapping
    private let run: UnsafeMutablePointer<kvm_run>

    /// Takes over a vCPU's descriptor, or another of which as many bytes can be mapped.
    package init(owning descriptor: consuming Descriptor, runByteCount: Int) throws(SystemCallError) {
        let mapping = try Mapping(sharing: descriptor, byteCount: runByteCount)
        unsafe run = mapping.start.assumingMemoryBound(to: kvm_run.self)
        self.mapping = mapping
        self.descriptor = descriptor
    }

    /// Lets the guest run until something needs the VMM.
    package func enter() throws(SystemCallError) -> ProcessorExit {
        let result = cmachine_ioctl(descriptor.borrowed, CMACHINE_KVM_RUN, 0)
        if result < 0 {
            if result == -Int(EINTR) || result == -Int(EAGAIN) { return .interrupted }
            throw SystemCallError(call: "ioctl(KVM_RUN)", code: CInt(-result))
        }
        return lastExit
    }

    /// Why the guest was left the last time, as the shared page says.
    package var lastExit: ProcessorExit { unsafe decode(run) }

    /// Makes the next or current `enter()` return `.interrupted`; together with a kick of the thread. Any thread.
    package func requestExit() {
        unsafe cmachine_run_set_immediate_exit(run, 1)
    }

    /// Takes `requestExit()` back. Called before the thread looks for what it was asked to do.
    package func clearExitRequest() {
        unsafe cmachine_run_set_immediate_exit(run, 0)
    }

    /// The writes that KVM kept back; `page` is what `KVM_CAP_COALESCED_MMIO` says, 0 for none.
    func deferredWrites(page: Int) -> DeferredWrites? {
        guard page > 0, (page + 1) * 4096 <= mapping.byteCount else { return nil }
        return unsafe DeferredWrites(ring: UnsafeMutableRawPointer(run) + page * 4096)
    }

    /// Reads element `index` of a port access that writes.
    package func portValue(_ access: PortAccess, index: Int) -> UInt64 {
        data(access, index)
    }

    /// Answers element `index` of a port access that reads.
    package func setPortValue(_ access: PortAccess, index: Int, to value: UInt64) {
        let offset = Int(access.dataOffset) &+ index &* Int(access.width.rawValue)
        let target = unsafe UnsafeMutableRawPointer(run) + offset
        switch access.width {
        case .byte: unsafe target.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
        case .word: unsafe target.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
        case .long, .quad: unsafe target.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
        }
    }

    /// Answers a memory access that reads.
    package func setMemoryValue(_ value: UInt64) {
        unsafe cmachine_run_set_memory_data(run, value)
    }

    private func data(_ access: PortAccess, _ index: Int) -> UInt64 {
        let offset = Int(access.dataOffset) &+ index &* Int(access.width.rawValue)
        let source = unsafe UnsafeRawPointer(run) + offset
        switch access.width {
        case .byte: return unsafe UInt64(source.load(as: UInt8.self))
        case .word: return unsafe UInt64(source.loadUnaligned(as: UInt16.self))
        case .long, .quad: return unsafe UInt64(source.loadUnaligned(as: UInt32.self))
        }
    }

    private func decode(_ run: UnsafeMutablePointer<kvm_run>) -> ProcessorExit {
        switch unsafe CInt(bitPattern: cmachine_run_exit_reason(run)) {
        case KVM_EXIT_IO:
            let exit = unsafe cmachine_run_port_exit(run)
            return .port(
                PortAccess(
                    port: exit.port, width: AccessWidth(rawValue: exit.byte_count) ?? .byte,
                    isWrite: exit.is_write != 0, count: Int(exit.repeat), dataOffset: exit.offset))
        case KVM_EXIT_MMIO:
            let exit = unsafe cmachine_run_memory_exit(run)
            return .memory(
                MemoryAccess(
                    address: GuestAddress(exit.address), byteCount: Int(exit.byte_count),
                    isWrite: exit.is_write != 0, value: exit.data))
        case KVM_EXIT_HLT: return .halt
        case KVM_EXIT_INTR: return .interrupted
        case KVM_EXIT_SHUTDOWN: return .tripleFault
        case KVM_EXIT_SYSTEM_EVENT: return .systemEvent(unsafe cmachine_run_system_event(run))
        case KVM_EXIT_FAIL_ENTRY: return .entryFailure(unsafe cmachine_run_entry_failure(run))
        case KVM_EXIT_INTERNAL_ERROR:
            return .internalError(unsafe cmachine_run_internal_error(run).suberror)
        case let reason: return .unknown(UInt32(bitPattern: reason))
        }
    }
}
