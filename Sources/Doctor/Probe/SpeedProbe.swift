// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host
internal import Synchronization

/// A guest of one page that counts down in ring 0, to find out how fast KVM runs a guest's own instructions.
///
/// The loop runs on a thread of its own, so that it can be interrupted: KVM on hardware takes microseconds for it,
/// a back end that emulates each instruction longer than anyone wants to wait.
final class SpeedProbe: Sendable {
    /// Why there is no speed.
    enum Failure: Error, CustomStringConvertible {
        case system(SystemCallError)
        /// KVM_RUN came back with another exit than the loop's end.
        case unexpectedExit(reason: UInt32)

        var description: String {
            switch self {
            case .system(let error): error.description
            case .unexpectedExit(let reason): "KVM_RUN returned for the reason \(reason)"
            }
        }
    }

    /// Rounds of the loop in each run. Entering the guest takes time too, the more so where the host is emulated: a
    /// short loop is enough on hardware, and a long one shows what the entry hides.
    private static let laps: [UInt64] = [1_000, 20_000, 400_000, 2_000_000]
    private static let limitMilliseconds: CInt = 60
    private static let codeAddress: UInt64 = 0x1000
    /// loop: dec ecx; jnz loop; hlt.
    private static let code: [UInt8] = [0x49, 0x75, 0xFD, 0xF4]
    private static let instructionsPerRound: UInt64 = 2
    private static let pageByteCount = 4096

    private let virtualMachine: Descriptor
    private let processor: Descriptor
    private let memory: Mapping
    private let state: Mapping
    private let done: EventDescriptor
    private let best = Mutex<Result<UInt64, Failure>>(.success(0))
    // Relaxed: the signal that follows the store interrupts the thread that reads it.
    private let isStopped = Atomic<Bool>(false)

    /// Instructions that a guest runs in a second. Takes at most 60 ms and the time that KVM takes to make a machine.
    static func instructionsPerSecond(_ kvm: borrowing Descriptor) throws(Failure) -> UInt64 {
        let probe: SpeedProbe
        do throws(SystemCallError) {
            probe = try SpeedProbe(kvm)
            NamedThread.prepareKicks()
            let thread = try NamedThread(name: "speed-probe") { [probe] in probe.run() }
            probe.stopAfterLimit(thread)
            thread.join()
        } catch {
            throw .system(error)
        }
        return try probe.best.withLock { $0 }.get()
    }

    private init(_ kvm: borrowing Descriptor) throws(SystemCallError) {
        let virtualMachine = Descriptor(owning: try Self.create(kvm, CMACHINE_KVM_CREATE_VM, "ioctl(KVM_CREATE_VM)"))
        // Intel's processors want a place for it; elsewhere it changes nothing.
        _ = cmachine_ioctl(virtualMachine.borrowed, CMACHINE_KVM_SET_TSS_ADDR, 0xFFFB_D000)
        let memory = try Mapping(anonymous: Self.pageByteCount, alignment: Self.pageByteCount)
        unsafe memory.start.copyMemory(from: Self.code, byteCount: Self.code.count)
        var region = kvm_userspace_memory_region()
        region.guest_phys_addr = Self.codeAddress
        region.memory_size = UInt64(Self.pageByteCount)
        region.userspace_addr = unsafe UInt64(UInt(bitPattern: memory.start))
        try SystemCallError.check(
            unsafe cmachine_ioctl_pointer(
                virtualMachine.borrowed, CMACHINE_KVM_SET_USER_MEMORY_REGION, &region),
            "ioctl(KVM_SET_USER_MEMORY_REGION)")
        let processor = Descriptor(
            owning: try Self.create(virtualMachine, CMACHINE_KVM_CREATE_VCPU, "ioctl(KVM_CREATE_VCPU)"))
        let byteCount = try SystemCallError.check(
            cmachine_ioctl(kvm.borrowed, CMACHINE_KVM_GET_VCPU_MMAP_SIZE, 0), "ioctl(KVM_GET_VCPU_MMAP_SIZE)")
        let state = try Mapping(sharing: processor, byteCount: byteCount)
        let done = try EventDescriptor()
        try Self.enterProtectedMode(processor)
        self.virtualMachine = virtualMachine
        self.processor = processor
        self.memory = memory
        self.state = state
        self.done = done
    }

    private static func create(
        _ parent: borrowing Descriptor, _ request: cmachine_request, _ call: StaticString
    ) throws(SystemCallError) -> CInt {
        CInt(try SystemCallError.check(cmachine_ioctl(parent.borrowed, request, 0), call))
    }

    /// Flat 32-bit segments without paging: every KVM runs it as it runs a kernel.
    private static func enterProtectedMode(_ processor: borrowing Descriptor) throws(SystemCallError) {
        var registers = kvm_sregs()
        try SystemCallError.check(
            unsafe cmachine_ioctl_pointer(processor.borrowed, CMACHINE_KVM_GET_SREGS, &registers),
            "ioctl(KVM_GET_SREGS)")
        var segment = kvm_segment()
        segment.limit = 0xFFFF_FFFF
        segment.selector = 0x10
        segment.type = 3
        (segment.present, segment.db, segment.s, segment.g) = (1, 1, 1, 1)
        registers.ds = segment
        registers.es = segment
        registers.ss = segment
        segment.selector = 8
        segment.type = 11
        registers.cs = segment
        registers.cr0 |= 1
        try SystemCallError.check(
            unsafe cmachine_ioctl_pointer(processor.borrowed, CMACHINE_KVM_SET_SREGS, &registers),
            "ioctl(KVM_SET_SREGS)")
    }
}

extension SpeedProbe {
    /// Waits for the thread's end, and has it stop when that takes too long.
    private func stopAfterLimit(_ thread: borrowing NamedThread) {
        var waited = pollfd(fd: done.number, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waited, 1, Self.limitMilliseconds) != 1 else { return }
        isStopped.store(true, ordering: .relaxed)
        unsafe cmachine_run_set_immediate_exit(state.start.assumingMemoryBound(to: kvm_run.self), 1)
        thread.kick()
    }

    private func run() {
        for rounds in Self.laps where !isStopped.load(ordering: .relaxed) {
            let outcome = Result { () throws(Failure) in try lap(rounds) }
            if record(outcome) { break }
        }
        done.signal()
    }

    /// Keeps the best speed or the failure; true where there is no more to find out.
    private func record(_ outcome: Result<UInt64, Failure>) -> Bool {
        best.withLock { best in
            guard case .success(let rate) = outcome, case .success(let former) = best else {
                best = outcome
                return true
            }
            best = .success(max(rate, former))
            return rate >= KVMFindings.hardwareInstructionsPerSecond
        }
    }

    /// Runs the loop and returns instructions in a second, also where it is interrupted on its way.
    private func lap(_ rounds: UInt64) throws(Failure) -> UInt64 {
        var registers = kvm_regs()
        registers.rip = Self.codeAddress
        registers.rflags = 2
        registers.rcx = rounds
        try control(CMACHINE_KVM_SET_REGS, &registers, "ioctl(KVM_SET_REGS)")
        let start = Self.nanoseconds()
        try enter()
        let elapsed = max(1, Self.nanoseconds() - start)
        try control(CMACHINE_KVM_GET_REGS, &registers, "ioctl(KVM_GET_REGS)")
        let done = rounds - min(rounds, registers.rcx & 0xFFFF_FFFF)
        return done * Self.instructionsPerRound * 1_000_000_000 / elapsed
    }

    private func enter() throws(Failure) {
        while true {
            let result = cmachine_ioctl(processor.borrowed, CMACHINE_KVM_RUN, 0)
            if result == -Int(EINTR) {
                if isStopped.load(ordering: .relaxed) { return }
                continue
            }
            if result < 0 { throw .system(SystemCallError(call: "ioctl(KVM_RUN)", code: CInt(-result))) }
            let reason = unsafe cmachine_run_exit_reason(state.start.assumingMemoryBound(to: kvm_run.self))
            guard reason == UInt32(KVM_EXIT_HLT) else { throw .unexpectedExit(reason: reason) }
            return
        }
    }

    private func control(
        _ request: cmachine_request, _ registers: inout kvm_regs, _ call: StaticString
    ) throws(Failure) {
        let result = unsafe cmachine_ioctl_pointer(processor.borrowed, request, &registers)
        if result < 0 { throw .system(SystemCallError(call: call, code: CInt(-result))) }
    }

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
