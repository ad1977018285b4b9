// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Synchronization

/// Carries what the guest caused from vCPU and device threads to the control thread.
///
/// Each kind is carried once until the next reset, however often the guest repeats it, so that a guest can neither
/// fill the mailbox nor have an old request obeyed by the machine after a reset.
/// `@unchecked Sendable`: `machine` is written once, before any thread that posts has started, and read on the
/// control thread.
final class EventRelay: @unchecked Sendable {
    weak var machine: Machine?
    private let mailbox: Mailbox
    // Sequentially consistent: a reset first rests the vCPUs, then counts up, then forgets what was asked.
    private let generation = Atomic<UInt32>(0)
    private let asked = Atomic<UInt8>(0)

    init(_ mailbox: Mailbox) { self.mailbox = mailbox }

    /// Delivers an event on the control thread, unless its kind waits already. Any thread.
    func post(_ event: MachineEvent) {
        let before = asked.bitwiseOr(event.bit, ordering: .sequentiallyConsistent).oldValue
        guard before & event.bit == 0 else { return }
        let posted = generation.load(ordering: .sequentiallyConsistent)
        mailbox.post { [self] in
            guard posted == generation.load(ordering: .sequentiallyConsistent) else { return }
            machine?.onEvent(event)
        }
    }

    /// Forgets what was asked before a reset. The vCPUs rest.
    func reset() {
        generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
        asked.store(0, ordering: .sequentiallyConsistent)
    }
}

extension MachineEvent {
    /// One bit for each kind.
    fileprivate var bit: UInt8 {
        switch self {
        case .poweredOff: 1
        case .resetRequested: 2
        case .panicked: 4
        case .debugExit: 8
        case .failed: 16
        case .deviceFailed: 32
        }
    }
}
