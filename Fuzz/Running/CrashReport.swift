// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// Says how to replay the iteration in which the process traps or hangs.
@safe enum CrashReport {
    /// Longer than any iteration takes, in seconds, on a slow machine under a sanitizer.
    private static let hangSeconds: UInt32 = 60
    private static let signals = [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGSYS]
    private static let stackByteCount = 64 << 10

    // Relaxed: the signal's handler runs on the thread that stores, or reports a number that is one too old.
    fileprivate static let iteration = Atomic<UInt64>(0)
    /// Written once, before the handlers are installed; read by them alone.
    nonisolated(unsafe) fileprivate static var replay: UnsafeMutablePointer<CChar>?

    /// Installs the handlers. `replay` is the command without the iteration's number.
    static func install(replay: String) {
        unsafe self.replay = strdup("\nreplay: " + replay)
        iteration.store(0, ordering: .relaxed)
        // A stack that has overflowed cannot carry its own handler.
        var stack = unsafe stack_t()
        unsafe stack.ss_sp = malloc(stackByteCount)
        unsafe stack.ss_size = stackByteCount
        unsafe sigaltstack(&stack, nil)
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = reportCrash
        action.sa_flags = SA_ONSTACK | CInt(bitPattern: SA_RESETHAND)
        for signal in signals { unsafe sigaction(signal, &action, nil) }
        unsafe action.__sigaction_handler.sa_handler = reportHang
        unsafe sigaction(SIGALRM, &action, nil)
    }

    /// Notes that an iteration begins.
    static func begin(_ number: UInt64) {
        iteration.store(number, ordering: .relaxed)
        alarm(hangSeconds)
    }

    /// The last iteration is over.
    static func end() { alarm(0) }

    /// Writes the line; only what a signal's handler may do.
    fileprivate static func write() {
        guard let text = unsafe replay else { return }
        _ = unsafe Glibc.write(2, text, strlen(text))
        let number = iteration.load(ordering: .relaxed)
        var divisor: UInt64 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            var digit = UInt8(ascii: "0") + UInt8(number / divisor % 10)
            _ = unsafe Glibc.write(2, &digit, 1)
            divisor /= 10
        }
        var end = UInt8(ascii: "\n")
        _ = unsafe Glibc.write(2, &end, 1)
    }
}

/// Returns into the instruction that trapped: the second time ends the process as it would have ended.
@c private func reportCrash(_ signal: CInt) {
    CrashReport.write()
}

@c private func reportHang(_ signal: CInt) {
    CrashReport.write()
    _exit(3)
}
