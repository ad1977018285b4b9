// SPDX-License-Identifier: Apache-2.0
package import Host
internal import CMachine
internal import Synchronization

/// A vCPU and the thread that runs it.
package final class Processor: Sendable {
    package let index: Int
    package let cpu: VirtualCPU
    private let bus: SystemBus
    private let gate: Gate
    private let deferred: DeferredWrites?
    private let report: @Sendable (_ processor: Int, _ failure: ProcessorFailure) -> Void
    // Relaxed: written once before the thread first rests, read for display.
    private let thread = Atomic<Int>(0)

    /// - Parameters:
    ///   - deferredPage: Where the vCPU's mapping has the writes that KVM keeps; 0 where it keeps none.
    ///   - report: Called on the vCPU's thread, which then rests at the gate, when it cannot go on.
    package init(
        index: Int, cpu: VirtualCPU, bus: SystemBus, gate: Gate, deferredPage: Int = 0,
        report: @escaping @Sendable (_ processor: Int, _ failure: ProcessorFailure) -> Void
    ) {
        self.index = index
        self.cpu = cpu
        self.bus = bus
        self.gate = gate
        deferred = cpu.deferredWrites(page: deferredPage)
        self.report = report
    }

    /// The kernel's id of the thread; 0 until it runs.
    package var threadID: Int { thread.load(ordering: .relaxed) }

    /// The body of the thread: runs the guest whenever the gate is open, returns when all has ended.
    ///
    /// - Parameter filter: What the thread binds itself to first.
    package func run(under filter: SeccompFilter) {
        thread.store(cmachine_thread_id(), ordering: .relaxed)
        do { try filter.install() } catch { return rest(.system(error)) }
        while true {
            cpu.clearExitRequest()
            if gate.state != .open {
                settle()
                guard gate.pass() else { return }
                continue
            }
            do {
                try handle(cpu.enter())
            } catch {
                fail(.system(error))
            }
        }
    }

    /// Answers what the shared page says; the measurements call it without a guest.
    package func handleExit() { handle(cpu.lastExit) }

    /// Lets KVM finish the access of the last exit: until then its registers are not the guest's
    /// (Documentation/virt/kvm/api.rst, KVM_RUN). Parts of one access may come as further exits.
    private func settle() {
        cpu.requestExit()
        while let exit = try? cpu.enter() {
            if case .interrupted = exit { break }
            handle(exit)
        }
        catchUp()
    }

    /// Never runs the guest: reports why, and stays at the gate like any vCPU.
    private func rest(_ failure: ProcessorFailure) {
        fail(failure)
        while gate.pass() { gate.set(.closed) }
    }

    private func handle(_ exit: ProcessorExit) {
        switch exit {
        case .port(let access): handle(access)
        case .memory(let access): handle(access)
        case .interrupted, .halt: break
        case .tripleFault: fail(.tripleFault)
        case .systemEvent(let type): fail(.systemEvent(type))
        case .entryFailure(let reason): fail(.entryFailure(reason))
        case .internalError(let suberror): fail(.internalError(suberror))
        case .unknown(let reason): fail(.unknownExit(reason))
        }
    }

    /// Performs the writes that KVM kept until now; other vCPUs' are among them.
    private func catchUp() {
        guard let deferred, !deferred.isEmpty else { return }
        bus.lock.holding {
            while let write = deferred.next() {
                _ = bus.ports.write(write.value, at: UInt64(write.port), width: .byte)
            }
        }
    }

    private func handle(_ access: PortAccess) {
        catchUp()
        for index in 0..<access.count {
            if access.isWrite {
                bus.writePort(cpu.portValue(access, index: index), access.port, width: access.width)
            } else {
                cpu.setPortValue(access, index: index, to: bus.readPort(access.port, width: access.width))
            }
        }
    }

    private func handle(_ access: MemoryAccess) {
        catchUp()
        if access.isWrite {
            bus.writeMemory(access.value, at: access.address.rawValue, byteCount: access.byteCount)
        } else {
            cpu.setMemoryValue(bus.readMemory(at: access.address.rawValue, byteCount: access.byteCount))
        }
    }

    // Inlined, it would cost every exit: the caller's frame grows.
    @inline(never) private func fail(_ failure: ProcessorFailure) {
        gate.set(.closed)
        report(index, failure)
    }
}
