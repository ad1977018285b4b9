// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// What signals do to the process.
enum ProcessSignals {
    /// A client that goes away and a file that may grow no more (RLIMIT_FSIZE) are errors of the write to them, not the
    /// end of the machine.
    static func ignoreFailedWrites() {
        _ = signal(SIGPIPE, SIG_IGN)
        _ = signal(SIGXFSZ, SIG_IGN)
    }
}
