// SPDX-License-Identifier: Apache-2.0

/// Why a machine was shut down or reset (`ShutdownCause` in QEMU 7.2).
package enum MonitorCause: String, CaseIterable, Equatable, Sendable {
    /// The guest powered off.
    case guestShutdown = "guest-shutdown"
    /// The guest asked for a reset, or a triple fault was one.
    case guestReset = "guest-reset"
    /// The guest panicked.
    case guestPanic = "guest-panic"
    /// The command `quit`.
    case hostQuit = "host-qmp-quit"
    /// The command `system_reset`.
    case hostReset = "host-qmp-system-reset"
    /// A signal to the process.
    case hostSignal = "host-signal"
    /// A failure of the host.
    case hostError = "host-error"

    /// Whether the guest was the one who did it.
    package var isGuest: Bool {
        switch self {
        case .guestShutdown, .guestReset, .guestPanic: true
        case .hostQuit, .hostReset, .hostSignal, .hostError: false
        }
    }
}
