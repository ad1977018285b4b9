// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Machine

/// Tells of changes of the balloon, at most once a second, the last one always: a guest can change it at any rate.
///
/// Runs on the control thread.
final class BalloonRelay {
    /// QEMU's bound for BALLOON_CHANGE.
    private static let intervalMilliseconds = 1000

    private let balloon: VirtioBalloon
    private let timer: TimerDescriptor
    private let announce: (UInt64) -> Void
    private var isResting = false
    private var hasChanged = false

    /// - Parameter announce: Called with what the guest has left of its RAM, in bytes.
    init(_ balloon: VirtioBalloon, loop: ControlLoop, announce: @escaping (UInt64) -> Void) throws(SystemCallError) {
        self.balloon = balloon
        self.announce = announce
        timer = try TimerDescriptor()
        try loop.watch(balloon.changeDescriptor, .readable) { [unowned self] _ in
            self.balloon.clearChange()
            hasChanged = true
            if !isResting { tell() }
        }
        try loop.watch(timer.number, .readable) { [unowned self] _ in
            timer.clear()
            isResting = false
            if hasChanged { tell() }
        }
    }

    private func tell() {
        hasChanged = false
        isResting = true
        timer.set(afterMilliseconds: Self.intervalMilliseconds)
        announce(balloon.actualByteCount)
    }
}
