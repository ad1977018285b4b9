// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// The signals that the lab acts on, taken from a descriptor for as long as this lives. Main thread only.
struct SignalQueue: ~Copyable {
    let descriptor: Descriptor
    private let formerMask: sigset_t

    init() throws(LabError) {
        var mask = sigset_t()
        var former = sigset_t()
        unsafe sigemptyset(&mask)
        for number in [SIGCHLD, SIGWINCH, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE] {
            unsafe sigaddset(&mask, number)
        }
        unsafe pthread_sigmask(SIG_BLOCK, &mask, &former)
        let number = unsafe signalfd(-1, &mask, CInt(SFD_CLOEXEC) | CInt(SFD_NONBLOCK))
        guard number >= 0 else {
            let code = errno
            unsafe pthread_sigmask(SIG_SETMASK, &former, nil)
            throw .system(SystemCallError(call: "signalfd", code: code))
        }
        descriptor = Descriptor(owning: number)
        formerMask = former
    }

    deinit {
        var former = formerMask
        unsafe pthread_sigmask(SIG_SETMASK, &former, nil)
    }

    /// The numbers of the signals that have come.
    func take() -> [CInt] {
        // struct signalfd_siginfo: 128 bytes, the number first.
        guard let bytes = try? descriptor.read(upTo: 16 * 128) else { return [] }
        return stride(from: 0, to: bytes.count, by: 128).map { CInt(bytes[$0]) }
    }
}
