// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Machine

/// Wakes the real-time clock when its alarm or its next tick is due, on the control thread.
final class ClockTimer {
    private let clock: RealTimeClock
    private let bus: SystemBus
    private let timer: TimerDescriptor
    private let changed: EventDescriptor

    init(_ machine: Machine, loop: ControlLoop) throws(SystemCallError) {
        clock = machine.board.clock
        bus = machine.bus
        timer = try TimerDescriptor()
        let changed = try EventDescriptor()
        let number = changed.number
        self.changed = changed
        clock.deadlineChanged = { EventDescriptor.signal(borrowing: number) }
        try loop.watch(number, .readable) { [unowned self] _ in
            self.changed.clear()
            update()
        }
        try loop.watch(timer.number, .readable) { [unowned self] _ in
            timer.clear()
            bus.lock.holding { clock.advance() }
            update()
        }
    }

    private func update() {
        timer.set(bus.lock.holding { clock.deadline })
    }
}
