// SPDX-License-Identifier: Apache-2.0

/// What a monitor asks of a machine's balloon. Everything is called on the control thread.
package protocol MonitoredBalloon: AnyObject {
    /// What the guest has left of its RAM, in bytes.
    var monitorActualByteCount: UInt64 { get }
    /// What the guest told of its memory last.
    var monitorStatistics: MonitorBalloonStatistics { get }
    /// Seconds between two requests for statistics; 0 for none.
    var monitorPollingInterval: UInt32 { get set }

    /// Asks the guest to live with so many bytes of its RAM; more than it has is all of it.
    func monitorSetTarget(byteCount: UInt64)
}
