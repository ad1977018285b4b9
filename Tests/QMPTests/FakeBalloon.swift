// SPDX-License-Identifier: Apache-2.0
import QMP

/// A balloon that takes what it is told.
final class FakeBalloon: MonitoredBalloon {
    var monitorActualByteCount: UInt64 = 1 << 30
    var monitorStatistics = MonitorBalloonStatistics(values: [.freeMemory: 77], lastUpdate: 9)
    var monitorPollingInterval: UInt32 = 0

    func monitorSetTarget(byteCount: UInt64) { monitorActualByteCount = byteCount }
}
