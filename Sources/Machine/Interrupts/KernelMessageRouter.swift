// SPDX-License-Identifier: Apache-2.0
package import Host

/// The message router of a machine on KVM: a table of routes in the kernel, and irqfds.
package final class KernelMessageRouter: MessageRouter {
    private let machine: VirtualMachine
    private var messages: [InterruptRoute] = []
    private var next = KernelMessageRouter.firstMessage

    private let limit: UInt32

    /// The I/O APIC's pins have the numbers below.
    private static let firstMessage: UInt32 = 24

    /// - Parameter messageLimit: What `messageLimit(entries:)` says.
    init(_ machine: VirtualMachine, messageLimit: Int) {
        self.machine = machine
        limit = Self.firstMessage + UInt32(clamping: messageLimit)
    }

    /// How many messages there is room for beside the pins, in a table of so many entries (`KVM_CAP_IRQ_ROUTING`). The
    /// numbers themselves are below the entries' count too, which is the weaker bound.
    static func messageLimit(entries: Int) -> Int { max(0, min(entries, 1 << 16) - InterruptRoute.legacy.count) }

    package func reserve() throws(SystemCallError) -> UInt32 {
        guard next < limit else { throw SystemCallError(call: "interrupt numbers", code: 28) }
        next += 1
        return next - 1
    }

    package func setMessage(_ interrupt: UInt32, address: UInt64, data: UInt32) throws(SystemCallError) {
        let route = InterruptRoute.message(interrupt: interrupt, address: address, data: data)
        var changed = messages
        if let index = changed.firstIndex(where: { $0.interrupt == interrupt }) {
            if changed[index] == route { return }
            changed[index] = route
        } else {
            changed.append(route)
        }
        try machine.setRoutes(InterruptRoute.legacy + changed)
        messages = changed
    }

    package func connect(_ event: CInt, to interrupt: UInt32, isConnected: Bool) throws(SystemCallError) {
        try machine.setInterruptEvent(event, interrupt: interrupt, isAssigned: isConnected)
    }
}

extension InterruptRoute {
    fileprivate var interrupt: UInt32 {
        switch self {
        case .pin(let interrupt, _, _), .message(let interrupt, _, _): interrupt
        }
    }
}
