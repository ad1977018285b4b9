// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Whether a driver sends in bulk, and with it when the device's thread may run.
///
/// A driver that sends in bulk announces its first frame and would prepare more at once. Where the thread has to share
/// the processor with the vCPU, being woken it takes it away, and sends that one frame alone. Under `SCHED_BATCH`
/// (sched(7)) it waits until the vCPU halts or has used up its time, and finds them all; an idle processor it gets at
/// once either way. Acknowledgements and other short frames have an answer waiting on them: for those the thread runs
/// as soon as it can.
///
/// Belongs to the device's thread.
package struct SendingPace {
    private var frameCount = 0
    private var byteCount = 0
    private var isBulk = false
    /// The policy was changed here, and nowhere else.
    private var isPatient = false

    /// How many frames are looked at together.
    package static let window = 32
    /// Bytes of a frame, on average over a window, from which on it is bulk: more than any that was not left to the
    /// host to cut, on the usual links.
    package static let bulkAverage = 8192

    package init() {}

    /// Counts a frame that the calling thread has sent, and changes its policy where that ends a window.
    package mutating func count(_ bytes: Int) {
        frameCount += 1
        byteCount += bytes
        guard frameCount == Self.window else { return }
        let isBulk = byteCount >= Self.window * Self.bulkAverage
        frameCount = 0
        byteCount = 0
        guard isBulk != self.isBulk else { return }
        self.isBulk = isBulk
        if isBulk {
            isPatient = SchedulingPolicy.change(from: .normal, to: .batch)
        } else if isPatient {
            isPatient = false
            _ = SchedulingPolicy.change(from: .batch, to: .normal)
        }
    }
}
