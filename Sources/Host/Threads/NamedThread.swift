// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// A POSIX thread with a name, joined by its owner.
@safe package struct NamedThread: ~Copyable, @unchecked Sendable {
    private let handle: pthread_t

    /// Interrupts a blocking system call of the thread it is sent to; its handler does nothing.
    package static var kickSignal: CInt { __libc_current_sigrtmin() + 1 }

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: At most 15 bytes, as `ps -L` shows it.
    ///   - body: Runs on the new thread, with every signal blocked but the kick.
    package init(name: String, body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        precondition(name.utf8.count <= 15, "a thread's name is at most 15 bytes")
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setstacksize(&attributes, 256 << 10)
        let box = unsafe Unmanaged.passRetained(Body(name: name, run: body))
        var handle = pthread_t()
        let code = unsafe pthread_create(
            &handle, &attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let body = unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                unsafe pthread_setname_np(pthread_self(), body.name)
                NamedThread.admitOnlyKicks()
                body.run()
                return nil
            }, box.toOpaque())
        unsafe pthread_attr_destroy(&attributes)
        guard code == 0 else {
            unsafe box.release()
            throw SystemCallError(call: "pthread_create", code: code)
        }
        self.handle = handle
    }

    /// Interrupts the thread's blocking system call.
    package borrowing func kick() {
        pthread_kill(handle, Self.kickSignal)
    }

    /// Waits for the thread's body to return.
    package consuming func join() {
        pthread_join(handle, nil)
    }

    /// Waits for the thread's body to return, where the owner cannot give the thread up. At most once.
    package borrowing func wait() {
        pthread_join(handle, nil)
    }

    /// Installs the empty handler of the kick; once per process, before the first kick.
    package static func prepareKicks() {
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = ignoreKick
        unsafe sigaction(kickSignal, &action, nil)
    }

    // A thread inherits its creator's mask, and pool threads block everything, kicks included.
    private static func admitOnlyKicks() {
        var mask = sigset_t()
        unsafe sigfillset(&mask)
        unsafe sigdelset(&mask, kickSignal)
        unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
    }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }
}

@c private func ignoreKick(_ number: CInt) {}
