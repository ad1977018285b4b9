// SPDX-License-Identifier: Apache-2.0

/// A wire into KVM's interrupt controllers.
package final class KernelInterruptLine: InterruptLine {
    private let machine: VirtualMachine
    private let interrupt: UInt32

    /// A wire to the input with this GSI.
    package init(_ machine: VirtualMachine, interrupt: UInt32) {
        self.machine = machine
        self.interrupt = interrupt
    }

    package func set(_ isHigh: Bool) {
        // The call fails only for a machine without controllers, and then the line leads nowhere.
        try? machine.setLine(interrupt, isHigh: isHigh)
    }
}
