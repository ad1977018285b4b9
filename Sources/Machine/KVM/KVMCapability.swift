// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// Capabilities that a machine asks for and can do without.
enum KVMCapability {
    static let deferredMemory = KVM_CAP_COALESCED_MMIO
    static let deferredPorts = KVM_CAP_COALESCED_PIO
    static let deadlineTimer = KVM_CAP_TSC_DEADLINE_TIMER
}
