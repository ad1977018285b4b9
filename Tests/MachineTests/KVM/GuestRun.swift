// SPDX-License-Identifier: Apache-2.0
import Board
import Glibc
import Host
import Testing

@testable import Machine

/// A machine on the host's KVM, and its control thread played by the test.
final class GuestRun {
    let machine: Machine
    private(set) var events: [MachineEvent] = []
    private let poll: Epoll

    /// Whether this host's KVM opens at all; a back end in software will do.
    static let isPossible: Bool = (try? system()) != nil

    static func system() throws -> KVMSystem {
        try KVMSystem(owning: try Descriptor(path: "/dev/kvm", flags: O_RDWR))
    }

    convenience init(
        _ code: [UInt8], processors: Int = 1, devices: [MachineParts.NamedDevice] = [], isPaused: Bool = false
    ) throws {
        try self.init(
            booting: .kernel(KernelSource(kernel: try TinyGuest(code).open(), initrd: nil, commandLine: "")),
            processors: processors, devices: devices, isPaused: isPaused)
    }

    init(
        booting source: BootSource, processors: Int = 1, devices: [MachineParts.NamedDevice] = [],
        isPaused: Bool = false
    ) throws {
        var parts = MachineParts(
            topology: try ProcessorTopology(processorCount: processors), memoryByteCount: 32 << 20, boot: source)
        parts.hasDebugExit = true
        parts.devices = devices
        machine = try Machine(parts, on: try Self.system())
        poll = try Epoll()
        try poll.add(machine.mailbox.event.number, .readable, token: 0)
        machine.mailbox.adopt()
        machine.onEvent = { [unowned self] event in events.append(event) }
        try machine.start()
        if !isPaused { machine.resume() }
    }

    /// The events that were delivered and not taken yet.
    func takeEvents() -> [MachineEvent] {
        defer { events = [] }
        return events
    }

    /// Waits for the machine's next event, at most ten seconds.
    func nextEvent() throws -> MachineEvent? {
        for _ in 0..<100 where events.isEmpty {
            try poll.wait(timeoutMilliseconds: 100) { _, _ in machine.mailbox.drain() }
        }
        return events.isEmpty ? nil : events.removeFirst()
    }

    deinit { machine.end() }
}
