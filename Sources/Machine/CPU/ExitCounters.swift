// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// How often the guest came back to user space, in all and by kind. Any thread may read.
package final class ExitCounters: Sendable {
    // Relaxed: each is a number on its own.
    private let ports = Atomic<UInt64>(0)
    private let memory = Atomic<UInt64>(0)
    private let others = Atomic<UInt64>(0)

    package init() {}

    func countPort() { ports.wrappingAdd(1, ordering: .relaxed) }
    func countMemory() { memory.wrappingAdd(1, ordering: .relaxed) }
    func countOther() { others.wrappingAdd(1, ordering: .relaxed) }

    /// Exits for port accesses, for accesses to addresses without memory, and the rest.
    package var values: (ports: UInt64, memory: UInt64, others: UInt64) {
        (ports.load(ordering: .relaxed), memory.load(ordering: .relaxed), others.load(ordering: .relaxed))
    }
}
