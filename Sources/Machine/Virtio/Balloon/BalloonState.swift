// SPDX-License-Identifier: Apache-2.0

/// What a balloon carries to another process beside its queues; pages have 4 KiB.
struct BalloonState: DeviceState {
    /// Pages that the host wants.
    var target: UInt32 = 0
    /// Pages that the driver says it has given.
    var actual: UInt32 = 0
    /// What the driver fills free pages with, four times the same byte.
    var poison: UInt32 = 0
    /// Seconds between two requests for statistics; 0 for none.
    var pollingInterval: UInt32 = 0

    static let fields: [StateField<BalloonState>] = [
        StateField(1, \.target), StateField(2, \.actual), StateField(3, \.poison), StateField(4, \.pollingInterval),
    ]
}
