// SPDX-License-Identifier: Apache-2.0

/// What a machine is doing, in QMP's words (`RunState` in QEMU 7.2).
package enum MonitorRunState: String, CaseIterable, Equatable, Sendable {
    /// The vCPUs run.
    case running
    /// The vCPUs were stopped by a command.
    case paused
    /// The guest has powered off and the process is still there.
    case shutdown
    /// The guest has reported a panic and stands still.
    case guestPanicked = "guest-panicked"
    /// A vCPU could not go on; only a reset helps.
    case internalError = "internal-error"
    /// The machine has not been started yet.
    case prelaunch

    /// Whether only a reset lets the machine run again.
    package var needsReset: Bool { self == .internalError || self == .shutdown }
}
