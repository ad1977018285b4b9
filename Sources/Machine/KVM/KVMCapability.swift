// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// Capabilities whose value a machine asks for.
enum KVMCapability {
    /// Entries of the table of interrupt routes.
    static let interruptRoutes = KVM_CAP_IRQ_ROUTING
    static let deferredMemory = KVM_CAP_COALESCED_MMIO
    static let deferredPorts = KVM_CAP_COALESCED_PIO
    static let deadlineTimer = KVM_CAP_TSC_DEADLINE_TIMER
}
