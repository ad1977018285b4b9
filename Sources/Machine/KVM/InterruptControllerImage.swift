// SPDX-License-Identifier: Apache-2.0
internal import CMachine
package import Host

/// The state of KVM's PICs, I/O APIC and timer, as bytes of the kernel's layout.
package struct InterruptControllerImage: Equatable, Sendable {
    /// `struct kvm_irqchip` for chips 0, 1 and 2.
    let chips: [[UInt8]]
    /// `struct kvm_pit_state2`.
    let timer: [UInt8]
}

extension VirtualMachine {
    /// Reads the controllers' state. The vCPUs rest.
    package func interruptControllers() throws(SystemCallError) -> InterruptControllerImage {
        var chips: [[UInt8]] = []
        for chip in 0..<UInt8(3) {
            var bytes = [UInt8](repeating: 0, count: MemoryLayout<kvm_irqchip>.size)
            bytes[0] = chip
            try control(CMACHINE_KVM_GET_IRQCHIP, "ioctl(KVM_GET_IRQCHIP)", bytes: &bytes)
            chips.append(bytes)
        }
        var timer = [UInt8](repeating: 0, count: MemoryLayout<kvm_pit_state2>.size)
        try control(CMACHINE_KVM_GET_PIT2, "ioctl(KVM_GET_PIT2)", bytes: &timer)
        return InterruptControllerImage(chips: chips, timer: timer)
    }

    /// Puts the controllers into a state that was read before. The vCPUs rest.
    package func setInterruptControllers(_ image: InterruptControllerImage) throws(SystemCallError) {
        for chip in image.chips {
            var bytes = chip
            try control(CMACHINE_KVM_SET_IRQCHIP, "ioctl(KVM_SET_IRQCHIP)", bytes: &bytes)
        }
        var timer = image.timer
        try control(CMACHINE_KVM_SET_PIT2, "ioctl(KVM_SET_PIT2)", bytes: &timer)
    }

    private func control(
        _ request: cmachine_request, _ call: StaticString, bytes: inout [UInt8]
    ) throws(SystemCallError) {
        let number = descriptor.borrowed
        let result = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe cmachine_ioctl_pointer(number, request, buffer.baseAddress)
        }
        try SystemCallError.check(result, call)
    }
}
