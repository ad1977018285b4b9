// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import Glibc
internal import Host
internal import Machine

/// A machine of one vCPU that runs until its guest writes to the debug-exit port, without seccomp's filters, which a
/// counter of instructions would not survive.
struct ExitHarness: ~Copyable {
    private let machine: Machine
    private let poll: Epoll

    init(kernel path: String) throws {
        let kernel = try BootSource.OpenFile(owning: try Descriptor(path: path, flags: O_RDONLY))
        var parts = MachineParts(
            topology: try ProcessorTopology(processorCount: 1), memoryByteCount: 32 << 20,
            boot: BootSource(kernel: kernel, initrd: nil, commandLine: ""))
        parts.hasDebugExit = true
        let machine = try Machine(parts, on: try KVMSystem(owning: try Descriptor(path: "/dev/kvm", flags: O_RDWR)))
        let poll = try Epoll()
        try poll.add(machine.mailbox.event.number, .readable, token: 0)
        self.machine = machine
        self.poll = poll
    }

    func run() throws {
        let end = EndMark()
        machine.onEvent = { event in end.event = event }
        machine.mailbox.adopt()
        NamedThread.prepareKicks()
        machine.resume()
        let machine = machine
        let thread = try NamedThread(name: "vcpu0") { machine.processors.first?.run(under: nil) }
        while end.event == nil { try poll.wait { _, _ in machine.mailbox.drain() } }
        machine.end()
        thread.kick()
        thread.join()
        if case .debugExit? = end.event { return }
        throw SystemCallError(call: "the guest's run", code: EIO)
    }

    /// How the machine ended; the control thread's alone.
    private final class EndMark {
        var event: MachineEvent?
    }
}
