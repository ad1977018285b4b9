// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// Where an interrupt number (GSI) leads.
package enum InterruptRoute: Equatable, Sendable {
    /// A pin of an interrupt controller: 0 and 1 are the PICs, 2 is the I/O APIC.
    case pin(interrupt: UInt32, controller: UInt32, pin: UInt32)
    /// A message to the local APICs (PCI 3.0 §6.8).
    case message(interrupt: UInt32, address: UInt64, data: UInt32)

    /// The routes of a PC: PIC pins 0 to 15 and I/O APIC pins 0 to 23, the timer on I/O APIC pin 2.
    package static var legacy: [InterruptRoute] {
        var routes: [InterruptRoute] = []
        for pin in 0..<UInt32(16) where pin != 2 {
            routes.append(.pin(interrupt: pin, controller: pin < 8 ? 0 : 1, pin: pin % 8))
        }
        for pin in 0..<UInt32(24) where pin != 0 {
            routes.append(.pin(interrupt: pin == 2 ? 0 : pin, controller: 2, pin: pin))
        }
        return routes
    }

    var kernelRoute: cmachine_route {
        var route = cmachine_route()
        switch self {
        case .pin(let interrupt, let controller, let pin):
            route.gsi = interrupt
            route.type = CMACHINE_ROUTE_IRQCHIP
            route.word0 = controller
            route.word1 = pin
        case .message(let interrupt, let address, let data):
            route.gsi = interrupt
            route.type = CMACHINE_ROUTE_MSI
            route.word0 = UInt32(truncatingIfNeeded: address)
            route.word1 = UInt32(truncatingIfNeeded: address >> 32)
            route.word2 = data
        }
        return route
    }
}
