// SPDX-License-Identifier: Apache-2.0

/// What `apus run` and the machine's process exit with. With `--debug-exit` a guest that writes `v` to port 0xf4 makes
/// it `v << 1 | 1` instead; a signal that ends the machine's process makes it 128 and the signal's number.
package enum ExitCode: Int32, CaseIterable, Sendable {
    /// The guest powered off.
    case success = 0
    /// The command line cannot be understood.
    case usage = 64
    /// A kernel, a disk or a configuration file cannot be used.
    case badInput = 65
    /// The host cannot run the machine: no KVM, no right, a resource in use.
    case hostUnable = 69
    /// Apus failed.
    case internalError = 70
    /// The guest reported a panic.
    case guestPanicked = 71
    /// A triple fault reset the guest's processor.
    case tripleFault = 72
    /// KVM could not go on running the guest.
    case kvmFailure = 73
    /// Whoever runs the machine ended it: Ctrl-] twice, a second SIGTERM.
    case ended = 75
}
