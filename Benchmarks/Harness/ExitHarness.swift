// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host
internal import Machine
internal import MachineTesting

/// A vCPU whose shared page this process fills in itself, so that decoding an exit and answering it can be counted
/// without a guest: a byte written to the serial port.
struct ExitHarness {
    private let processor: Processor

    init() throws {
        let pageCount = 3
        let number = unsafe memfd_create("run", 0)
        guard number >= 0, ftruncate(number, off_t(pageCount * 4096)) == 0 else {
            throw SystemCallError(call: "memfd_create", code: errno)
        }
        let page = Descriptor(owning: number)
        try Self.describeExit(on: page)
        let bus = SystemBus()
        bus.ports.insert(Serial16550(name: "serial0", line: WireProbe()), at: 0x3f8, byteCount: 8)
        let cpu = try VirtualCPU(owning: page, runByteCount: pageCount * 4096)
        processor = Processor(index: 0, cpu: cpu, bus: bus, gate: Gate(), report: { _, _ in })
    }

    func run(exits: Int) {
        for _ in 0..<exits { answer() }
    }

    /// What lies between a return of KVM_RUN and the next call.
    @inline(never) private func answer() {
        processor.handleExit()
    }

    /// `out dx, al` to port 0x3fb: `KVM_EXIT_IO`, one byte, its data on the second page.
    private static func describeExit(on page: borrowing Descriptor) throws {
        var run = kvm_run()
        run.exit_reason = UInt32(KVM_EXIT_IO)
        run.io.direction = UInt8(KVM_EXIT_IO_OUT)
        run.io.size = 1
        run.io.port = 0x3fb
        run.io.count = 1
        run.io.data_offset = 4096
        let bytes = unsafe withUnsafeBytes(of: &run) { unsafe [UInt8]($0) }
        try page.writeAll(bytes)
    }
}
