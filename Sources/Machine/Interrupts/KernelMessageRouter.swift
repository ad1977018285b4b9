// SPDX-License-Identifier: Apache-2.0
package import Host

/// The message router of a machine on KVM: a table of routes in the kernel, and irqfds.
package final class KernelMessageRouter: MessageRouter {
    private let machine: VirtualMachine
    private var messages: [InterruptRoute] = []
    private var next = KernelMessageRouter.firstMessage

    /// The I/O APIC's pins have the numbers below.
    private static let firstMessage: UInt32 = 24
    /// KVM's table has this many entries (`KVM_CAP_IRQ_ROUTING`).
    private static let limit: UInt32 = 4096

    package init(_ machine: VirtualMachine) {
        self.machine = machine
    }

    package func reserve() throws(SystemCallError) -> UInt32 {
        guard next < Self.limit else { throw SystemCallError(call: "interrupt numbers", code: 28) }
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
