// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// The signals that the launcher acts on, taken from a descriptor for as long as this lives. Main thread only.
final class SignalSource {
    private let descriptor: Descriptor
    private let formerMask: sigset_t

    init() throws(LaunchProblem) {
        var mask = sigset_t()
        var former = sigset_t()
        unsafe sigemptyset(&mask)
        // The last two are only kept away: a write says that the reader has gone, or that the file may not grow.
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXFSZ] {
            unsafe sigaddset(&mask, number)
        }
        unsafe pthread_sigmask(SIG_BLOCK, &mask, &former)
        let number = unsafe signalfd(-1, &mask, CInt(SFD_CLOEXEC) | CInt(SFD_NONBLOCK))
        guard number >= 0 else {
            let code = errno
            unsafe pthread_sigmask(SIG_SETMASK, &former, nil)
            throw LaunchProblem(internal: SystemCallError(call: "signalfd", code: code))
        }
        descriptor = Descriptor(owning: number)
        formerMask = former
    }

    deinit {
        // What is still pending has been acted on: only its end is left to come.
        _ = take()
        var former = formerMask
        unsafe pthread_sigmask(SIG_SETMASK, &former, nil)
    }

    /// Readable when a signal has come.
    var number: CInt { descriptor.borrowed }

    /// The numbers of the signals that have come.
    func take() -> [CInt] {
        // struct signalfd_siginfo: 128 bytes, the number first.
        guard let bytes = try? descriptor.read(upTo: 16 * 128) else { return [] }
        return stride(from: 0, to: bytes.count, by: 128).map { CInt(bytes[$0]) }
    }
}
