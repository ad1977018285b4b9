// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Machine
internal import QMP

/// Has network cards announce themselves several times, with growing pauses. On the control thread; a new plan takes
/// the place of the one before.
final class NetworkAnnouncer {
    private let timer: TimerDescriptor
    private let cards: (MonitorAnnouncement) -> [VirtioNetwork]
    private var plan: MonitorAnnouncement?
    private var round = 0

    /// - Parameter cards: Those that a plan is about.
    init(loop: ControlLoop, cards: @escaping (MonitorAnnouncement) -> [VirtioNetwork]) throws(SystemCallError) {
        self.cards = cards
        timer = try TimerDescriptor()
        try loop.watch(timer.number, .readable) { [unowned self] _ in
            timer.clear()
            announce()
        }
    }

    func begin(_ plan: MonitorAnnouncement) {
        self.plan = plan
        round = 0
        announce()
    }

    private func announce() {
        guard let plan else { return }
        round += 1
        for card in cards(plan) { card.announce() }
        if let delay = plan.delay(after: round) { timer.set(afterMilliseconds: delay) } else { self.plan = nil }
    }
}
