// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// Signals as something to read (signalfd(2)); non-blocking. The calling thread, and those it starts later, hear
/// them no other way.
package struct SignalDescriptor: ~Copyable, Sendable {
    private let descriptor: Descriptor

    package init(_ signals: [CInt]) throws(SystemCallError) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        let number = unsafe signalfd(-1, &set, CInt(SFD_CLOEXEC) | CInt(SFD_NONBLOCK))
        guard number >= 0 else { throw SystemCallError(call: "signalfd", code: errno) }
        descriptor = Descriptor(owning: number)
    }

    package var number: CInt { descriptor.borrowed }

    /// Takes the next signal's number; `nil` if none waits.
    package borrowing func read() -> CInt? {
        guard let bytes = try? descriptor.read(upTo: 128), bytes.count == 128 else { return nil }
        return CInt(bytes[0])
    }
}
