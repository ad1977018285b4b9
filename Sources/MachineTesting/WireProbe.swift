// SPDX-License-Identifier: Apache-2.0
import Machine
import Synchronization

/// An interrupt line that leads to a test.
package final class WireProbe: InterruptLine {
    private let level = Atomic(false)
    private let calls = Atomic(0)

    package init() {}

    package var isHigh: Bool { level.load(ordering: .relaxed) }
    /// How often the device has set the line, to whatever level.
    package var callCount: Int { calls.load(ordering: .relaxed) }

    package func set(_ isHigh: Bool) {
        level.store(isHigh, ordering: .relaxed)
        calls.wrappingAdd(1, ordering: .relaxed)
    }
}
