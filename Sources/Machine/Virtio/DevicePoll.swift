// SPDX-License-Identifier: Apache-2.0
internal import Host

/// What a device's thread waits on: its mailbox, its queues' kicks and its host descriptors, all edge-triggered,
/// so that an event costs no read and no change of the set.
///
/// Belongs to the device's thread.
struct DevicePoll: ~Copyable {
    private let set: Epoll
    private let mailbox: Mailbox
    private let wires: VirtioWires
    private static let mailboxToken = UInt64.max
    /// Tokens from here on are the device's own descriptors.
    private static let firstDescriptor: UInt64 = 1 << 32

    /// What a wait has found.
    enum Event {
        case kick(queue: Int)
        case descriptor(Int, Epoll.Events)
    }

    init(mailbox: Mailbox, wires: VirtioWires) throws(SystemCallError) {
        set = try Epoll()
        self.mailbox = mailbox
        self.wires = wires
    }

    /// Watches the mailbox and every kick.
    borrowing func begin() throws(SystemCallError) {
        try begin(queues: Array(0..<wires.queueCount))
    }

    /// Watches the mailbox and the kicks of the queues that the thread serves.
    borrowing func begin(queues: [Int]) throws(SystemCallError) {
        try set.add(mailbox.event.number, [.readable, .edgeTriggered], token: Self.mailboxToken)
        for index in queues {
            try set.add(wires.kickDescriptor(index), [.readable, .edgeTriggered], token: UInt64(index))
        }
    }

    /// Watches a descriptor for both directions under `id`, until it is closed.
    borrowing func watch(_ number: CInt, id: Int) throws(SystemCallError) {
        try set.add(
            number, [.readable, .writable, .edgeTriggered], token: Self.firstDescriptor + UInt64(id))
    }

    /// Watches a descriptor for what can be read alone, until `watchAgain(_:id:)`. One that can be written at all times
    /// would otherwise end a wait after each of its events, even after those that have been dealt with.
    borrowing func watchReading(_ number: CInt, id: Int) throws(SystemCallError) {
        try set.add(number, [.readable, .edgeTriggered], token: Self.firstDescriptor + UInt64(id))
    }

    /// Watches a descriptor for both directions from now on; what it is ready for already is reported by the next wait.
    borrowing func watchAgain(_ number: CInt, id: Int) throws(SystemCallError) {
        try set.change(
            number, [.readable, .writable, .edgeTriggered], token: Self.firstDescriptor + UInt64(id))
    }

    /// Waits, performs what the mailbox holds, and hands on the other events.
    ///
    /// - Parameter isBusy: Work is left over: look for events without waiting.
    borrowing func wait(isBusy: Bool, _ handle: (Event) -> Void) throws(SystemCallError) {
        var hasMail = false
        try set.wait(timeoutMilliseconds: isBusy ? 0 : -1) { token, events in
            switch token {
            case Self.mailboxToken: hasMail = true
            case ..<Self.firstDescriptor: handle(.kick(queue: Int(token)))
            default: handle(.descriptor(Int(token - Self.firstDescriptor), events))
            }
        }
        // Last, so that one wait is handled with one state of the device.
        if hasMail { mailbox.drain() }
    }
}
